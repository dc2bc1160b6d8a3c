# SPDX-License-Identifier: GPL-2.0
"""What the measuring scripts share: the namespace and the machine, runs of
fio on three engines, what an I/O costs, traces of commands, and plots.

Nothing here knows what a script measures or how it prints it.
"""

import signal
import sys


class Failure(Exception):
    """Something to be told in one line, and how the script ends."""

    status = 2


def _terminated(number, _frame):
    sys.exit(128 + number)


def run(name, main):
    """Run a script's main function, and end with its status.

    What fails is one line. Being ended or interrupted ends fio too; see
    fio.run().
    """
    signal.signal(signal.SIGTERM, _terminated)
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)
