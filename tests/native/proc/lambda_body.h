// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// LambdaBody: a body that is one function.
#pragma once

#include <functional>
#include <utility>

#include "proc/body.h"

namespace pyvm {

class LambdaBody final : public Body {
 public:
  explicit LambdaBody(std::function<Outcome(Process&)> run) : run_(std::move(run)) {}
  Outcome run(Process& self) override { return run_(self); }

 private:
  std::function<Outcome(Process&)> run_;
};

}  // namespace pyvm
