# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Functions that processes of other modules call."""

import pyvm


def keyed(many):
    return dict(enumerate(many))


def total(many):
    return sum(many.values())


@pyvm.process
def send_all(who, *many):
    pyvm.send(who, ("sent", many))
