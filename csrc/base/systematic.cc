// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/systematic.h"

#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <random>

namespace pyvm::systematic {

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;

struct Fiber {
  ucontext_t context{};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStackBytes);
  const std::function<void()>* body = nullptr;
  bool ended = false;
};

thread_local Fiber* current = nullptr;
thread_local ucontext_t chooser;

void enter() {
  (*current->body)();
  current->ended = true;  // and back to the chooser through uc_link
}

}  // namespace

void yield_point() {
  if (current != nullptr) swapcontext(&current->context, &chooser);
}

void run(std::uint64_t seed, const std::vector<std::function<void()>>& threads) {
  PYVM_CHECK(current == nullptr, "systematic::run: runs do not nest");
  std::mt19937_64 random(seed);
  std::vector<std::unique_ptr<Fiber>> ready;
  for (const auto& body : threads) {
    auto fiber = std::make_unique<Fiber>();
    fiber->body = &body;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack.get();
    fiber->context.uc_stack.ss_size = kStackBytes;
    fiber->context.uc_link = &chooser;
    makecontext(&fiber->context, enter, 0);
    ready.push_back(std::move(fiber));
  }
  while (!ready.empty()) {
    const auto chosen = ready.begin() + static_cast<std::ptrdiff_t>(random() % ready.size());
    current = chosen->get();
    swapcontext(&chooser, &current->context);
    const bool ended = current->ended;
    current = nullptr;
    if (ended) ready.erase(chosen);
  }
}

}  // namespace pyvm::systematic
