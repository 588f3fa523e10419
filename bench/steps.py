"""Training steps and products of matrices: Incline and its peers on the same work."""
from contest import PEERS, Peers, alternate, fold
from incline import SETTING


def measure_steps(incline, steps, rounds, seconds, say):
    """Times of a step of each work, and the peers' versions."""
    rows = []
    with Peers(PEERS, say) as peers:
        for work in steps:
            say(f"  {work.key}")
            question = {"steps": [work.widths, work.batch], "seconds": seconds}
            contestants = {("Incline", SETTING): lambda work=work: incline.step(work, seconds),
                           **peers.contestants(question)}
            rows.append({"work": work.key, "times": fold(alternate(contestants, rounds))})
        return {"rows": rows, "versions": peers.versions}


def measure_products(incline, products, rounds, seconds, say):
    """Times of products in NumPy, which calls OpenBLAS, and of Incline's kernels of that shape."""
    shapes = [shape for shape, _ in products]
    times = {shape: {} for shape in shapes}
    kernels = {}
    with Peers(["NumPy"], say) as peers:
        for number in range(rounds):
            say(f"  round {number + 1} of {rounds}")
            found = incline.products(seconds)
            for shape in shapes:
                question = {"product": shape, "seconds": seconds}
                for who, ask in peers.contestants(question).items():
                    times[shape].setdefault(who, []).append(ask())
                if tuple(sorted(shape)) in found:
                    mine, kernels[shape] = found[tuple(sorted(shape))]
                    times[shape].setdefault(("Incline", SETTING), []).append(mine)
        return {"rows": [{"shape": shape, "kernel": kernels.get(shape),
                          "times": fold(times[shape])} for shape in shapes],
                "versions": peers.versions}
