# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The same workloads on other systems: Erlang/OTP, Go, asyncio, and plain C++ for the limits."""
