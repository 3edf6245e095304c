"""Priority classes of Windows and what stands for them in Linux's scheduler (linux-mapping, Win32_Process).

``Win32_Process.Priority`` shows the base priority of a class; ``SetPriority`` and ``Win32_ProcessStartup`` name the
class by its flag of CreateProcess.  Linux has nice values for five of them and round-robin scheduling for the sixth.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = ["NICE_BY_CLASS", "REALTIME_CLASS", "base_priority", "change_priority"]

#: REALTIME_PRIORITY_CLASS: no nice value stands for it, but the policy SCHED_RR.
REALTIME_CLASS: Final = 256

#: Flag of the priority class -> nice value.
NICE_BY_CLASS: Final = {
    64: 15,  # IDLE_PRIORITY_CLASS
    16384: 5,  # BELOW_NORMAL_PRIORITY_CLASS
    32: 0,  # NORMAL_PRIORITY_CLASS
    32768: -5,  # ABOVE_NORMAL_PRIORITY_CLASS
    128: -15,  # HIGH_PRIORITY_CLASS
}

#: sched_setscheduler(2): the policies whose threads run before all others.
_REALTIME_POLICIES: Final = (os.SCHED_FIFO, os.SCHED_RR)


def base_priority(nice: int, policy: int) -> int:
    """``Priority`` of a process with this nice value and scheduling policy, 4 to 24."""
    if policy in _REALTIME_POLICIES:
        return 24
    if nice >= 15:
        return 4
    if nice >= 5:
        return 6
    if nice > -5:
        return 8
    return 10 if nice > -15 else 13


def change_priority(thread: int, priority_class: int) -> None:
    """Put one thread into *priority_class*, which must be one of the six.

    Raises:
        PermissionError: the caller may not; ``errno`` is EACCES when only the privilege for more priority is missing.
        ProcessLookupError: the thread has ended.
    """
    if priority_class == REALTIME_CLASS:
        os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
        return
    if os.sched_getscheduler(thread) in _REALTIME_POLICIES:
        os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, thread, NICE_BY_CLASS[priority_class])
