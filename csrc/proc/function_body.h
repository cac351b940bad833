// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// FunctionBody: a body of plain functions and a pointer to their state, for languages that cannot subclass Body (Cython, C).
//
//   emplace_function_body(process, functions, state)   in a NativeFactory's make; the process owns `state` from here on
//   receive_accepted(self, accepts, state)             receive_if of native.h with a plain function
//
// The functions keep to the contract of Body (body.h): run does a slice and never blocks; kill and free may be null; free is called
// once, last, also when the process never ran. `functions` lives as long as the module.
#pragma once

#include "proc/native.h"

namespace pyvm {

struct BodyFunctions {
  const char* name = "native";
  Outcome (*run)(void* state, Process& self) = nullptr;
  void (*kill)(void* state, Process& self) = nullptr;
  void (*free)(void* state) = nullptr;
};

class FunctionBody final : public Body {
 public:
  FunctionBody(const BodyFunctions& functions, void* state) : functions_(functions), state_(state) {}
  ~FunctionBody() override {
    if (functions_.free != nullptr) functions_.free(state_);
  }
  Outcome run(Process& process) override { return functions_.run(state_, process); }
  void kill(Process& process) override {
    if (functions_.kill != nullptr) functions_.kill(state_, process);
  }
  const char* name() const override { return functions_.name; }

 private:
  const BodyFunctions& functions_;
  void* state_;
};

inline Message receive_accepted(Process& self, bool (*accepts)(void* state, Term message), void* state) {
  return receive_if(self, [=](Term message) { return accepts(state, message); });
}

inline void emplace_function_body(Process& process, const BodyFunctions& functions, void* state) {
  emplace_body<FunctionBody>(process, functions, state);
}

}  // namespace pyvm
