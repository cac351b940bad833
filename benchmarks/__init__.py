# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What pyvm costs, measured beside its peers. `python -m benchmarks --help`; see README.md."""
