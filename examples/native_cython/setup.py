# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The extension module, with pyvm.pxd, the headers, and the library that `import pyvm` loads."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import pyvm

extension = Extension(
    "pyvm_statistics._native",
    sources=["src/pyvm_statistics/_native.pyx"],
    include_dirs=[pyvm.get_include()],
    library_dirs=[pyvm.get_library_dir()],
    libraries=["pyvm"],
    language="c++",
    extra_compile_args=["-std=c++20", "-O2"],
)
setup(ext_modules=cythonize([extension], include_path=[pyvm.get_include()], language_level=3))
