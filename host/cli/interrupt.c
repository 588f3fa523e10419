/* interrupt.c - the handler and the little that it may touch. */
#include "interrupt.h"
#include "cli.h"
#include "clock.h"
#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static incline_trainer *volatile running;
static const char *volatile announcement;
static atomic_int received;

/* Who stops a program may send the same twice: timeout(1) signals its child, then its group. */
static const unsigned long again_milliseconds = 1000;
static atomic_ulong first_at; /* on the clock; 0: none came */

/* Is this signal a second one, and not the first sent twice? */
static bool comes_again(void)
{
    const unsigned long now = (unsigned long)(clock_now() * 1e3) | 1ul;
    unsigned long first = 0;
    return !atomic_compare_exchange_strong(&first_at, &first, now) &&
           now - first > again_milliseconds;
}

/* Only what POSIX allows in a handler, and incline_trainer_stop(), which is made for it. */
static void stop(int number)
{
    const int saved = errno;
    if (comes_again())
        _exit(CLI_SIGNAL + number);
    if (atomic_exchange(&received, number) != 0)
        return;
    incline_trainer *const trainer = running;
    if (trainer != NULL)
        incline_trainer_stop(trainer);
    const ssize_t written = write(STDERR_FILENO, announcement, strlen(announcement));
    (void)written; /* nobody left to tell */
    errno = saved;
}

static void handle(void (*handler)(int))
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action, current;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        /* One that the caller chose to ignore, as nohup and background jobs of a shell do,
         * stays ignored. */
        if (sigaction(numbers[i], NULL, &current) == 0 && current.sa_handler == SIG_IGN)
            continue;
        sigaction(numbers[i], &action, NULL);
    }
}

void interrupt_begin(incline_trainer *trainer)
{
    running = trainer;
    atomic_store(&received, 0);
    atomic_store(&first_at, 0);
    announcement = terminal_live(stderr)
                       ? "\r\033[Kstopping after this step; again to quit at once\n"
                       : "stopping after this step; again to quit at once\n";
    handle(stop);
}

int interrupt_caught(void)
{
    return atomic_load(&received);
}

static void quit(int number)
{
    const ssize_t written = write(STDERR_FILENO, announcement, strlen(announcement));
    (void)written;
    _exit(CLI_SIGNAL + number);
}

void interrupt_quit(const char *words)
{
    announcement = words;
    handle(quit);
}

int interrupt_end(void)
{
    handle(SIG_DFL);
    running = NULL;
    return interrupt_caught();
}
