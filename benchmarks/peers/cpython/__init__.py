# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
