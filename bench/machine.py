"""The machine that measures: processor, cores, caches, and the date."""
import datetime
import platform
from pathlib import Path

from contest import cores


def processor():
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def vectors():
    """The widest vector instructions of an x86 processor, or nothing."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return ""
    return next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("avx", "AVX"))
                 if flag in flags), "")


def cache_bytes():
    """Bytes of the first core's data caches by level; empty where the system does not tell."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            kind = (folder / "type").read_text().strip()
            size = (folder / "size").read_text().strip()
            level = int((folder / "level").read_text())
        except OSError:
            continue
        if kind != "Instruction":
            unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
            found[level] = int(size[:-1]) * unit[size[-1]] if size[-1] in unit else int(size)
    return found


def describe():
    """What a reader must know about the machine, for the results."""
    return {"date": datetime.date.today().isoformat(), "processor": processor(),
            "vectors": vectors(), "cores": cores(), "caches": cache_bytes(),
            "system": f"{platform.system()} {platform.machine()}"}
