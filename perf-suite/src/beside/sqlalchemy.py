"""Runs tests of one suite of SQLAlchemy's `examples/performance` and prints a line of JSON for each.

Arguments: the folder that has `examples`, the suite, the number of items, the number of timed runs, and the tests.
Each test runs once with its statements counted and then against the clock.
"""

import collections
import importlib
import json
import sys
import tempfile
import time

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

folder, suite, num, rounds, *names = sys.argv[1:]
num, rounds = int(num), int(rounds)
sys.path.insert(0, folder)

from examples.performance import Profiler  # noqa: E402

importlib.import_module("examples.performance." + suite)

calls = collections.Counter()
sets = collections.Counter()


def count(connection, cursor, statement, parameters, context, executemany):
    kind = statement.lstrip().split(None, 1)[0].lower()
    calls[kind] += 1
    # A statement of many rows has its parameters in one tuple.
    sets[kind] += len(parameters) if executemany and isinstance(parameters, list) else 1


def set_up():
    if Profiler._setup:
        Profiler._setup(url, False, num)


with tempfile.TemporaryDirectory() as place:
    url = f"sqlite:///{place}/profile.db"
    print(json.dumps({"version": sqlalchemy.__version__, "python": sys.version.split()[0]}), flush=True)
    if Profiler._setup_once:
        Profiler._setup_once(url, False, num)
    for test in Profiler.tests:
        if test.__name__ not in names:
            continue
        set_up()
        calls.clear()
        sets.clear()
        event.listen(Engine, "before_cursor_execute", count)
        test(num)
        event.remove(Engine, "before_cursor_execute", count)
        times = []
        for _ in range(rounds):
            set_up()
            start = time.perf_counter()
            test(num)
            times.append(time.perf_counter() - start)
        print(json.dumps({"name": test.__name__, "times": times, "calls": calls, "sets": sets}), flush=True)
