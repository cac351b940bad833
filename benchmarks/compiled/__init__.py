# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The workloads as compiled processes: plain `def` bodies on the machine."""
