# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The extension module, with pyvm's headers and the library that `import pyvm` loads."""

from setuptools import Extension, setup

import pyvm

setup(
    ext_modules=[
        Extension(
            "pyvm_limiter._native",
            sources=["src/pyvm_limiter/limiter.cc"],
            include_dirs=[pyvm.get_include()],
            library_dirs=[pyvm.get_library_dir()],
            libraries=["pyvm"],
            language="c++",
            extra_compile_args=["-std=c++20", "-O2", "-fvisibility=hidden"],
        )
    ]
)
