// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/systematic.h"

#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <random>

namespace pyvm::systematic {

namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

struct Fiber {
  ucontext_t context{};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStackBytes);
  const std::function<void()>* body = nullptr;
  std::size_t number = 0;
  std::vector<void*> kept;  // what the variables in `kept_variables` hold while it does not run
  bool ended = false;
};

thread_local Fiber* current = nullptr;
thread_local ucontext_t chooser;
thread_local std::vector<void**> kept_variables;

void exchange_kept(Fiber& fiber) {
  fiber.kept.resize(kept_variables.size());
  for (std::size_t i = 0; i < kept_variables.size(); ++i) std::swap(*kept_variables[i], fiber.kept[i]);
}

void enter() {
  (*current->body)();
  current->ended = true;  // and back to the chooser through uc_link
}

}  // namespace

void yield_point() {
  if (current != nullptr) swapcontext(&current->context, &chooser);
}

void keep_for_each(void** variable) {
  PYVM_CHECK(current == nullptr, "systematic::keep_for_each: before run");
  if (std::find(kept_variables.begin(), kept_variables.end(), variable) == kept_variables.end())
    kept_variables.push_back(variable);
}

std::size_t fiber() { return current == nullptr ? 0 : current->number; }

void run(std::uint64_t seed, const std::vector<std::function<void()>>& threads) {
  PYVM_CHECK(current == nullptr, "systematic::run: runs do not nest");
  PYVM_CHECK(threads.size() < kMostFibers, "systematic::run: too many threads");
  std::mt19937_64 random(seed);
  std::vector<std::unique_ptr<Fiber>> ready;
  for (const auto& body : threads) {
    auto fiber = std::make_unique<Fiber>();
    fiber->body = &body;
    fiber->number = ready.size() + 1;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack.get();
    fiber->context.uc_stack.ss_size = kStackBytes;
    fiber->context.uc_link = &chooser;
    makecontext(&fiber->context, enter, 0);
    ready.push_back(std::move(fiber));
  }
  // Every other seed switches at each operation; the others stay with a fiber for 8, 32 or 128 on average, so that one is left
  // standing between two of its steps while another does a whole piece of work.
  const std::uint64_t stay = seed % 2 == 0 ? 1 : std::uint64_t{8} << 2 * (seed / 2 % 3);
  std::size_t at = 0;
  while (!ready.empty()) {
    if (at >= ready.size() || random() % stay == 0) at = random() % ready.size();
    const auto chosen = ready.begin() + static_cast<std::ptrdiff_t>(at);
    current = chosen->get();
    exchange_kept(*current);
    swapcontext(&chooser, &current->context);
    exchange_kept(*current);
    const bool ended = current->ended;
    current = nullptr;
    if (ended) ready.erase(chosen);
  }
}

}  // namespace pyvm::systematic
