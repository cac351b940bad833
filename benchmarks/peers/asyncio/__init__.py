# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The workloads on asyncio: a task with a queue in place of a process with a mailbox."""
