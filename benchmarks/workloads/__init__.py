# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The workloads as coroutine processes, with public names only."""
