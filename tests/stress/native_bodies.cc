// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Gossip: a native body for the stress mix. It runs on the native schedulers, so that its signals cross threads with those of the
// coroutine processes. Every process it spawns is told to the director: ("born", pid).
//
//   ("echo", pid, x)        sends ("echo", x) to pid
//   ("peers", pid, ...)     whom it deals with from now on
//   ("gossip", n)           does one random thing to a random peer and passes ("gossip", n - 1) on to another
//   "stop"                  ends normally
//   anything else           is dropped
#include <Python.h>

#include "proc/native.h"

namespace {

using pyvm::Outcome;
using pyvm::Pid;
using pyvm::Process;
using pyvm::Term;
using pyvm::Word;

class Gossip final : public pyvm::Body {
 public:
  Gossip(Pid director, Word seed) : director_(director), random_(seed * 2 + 1) {}

  Outcome run(Process& self) override {
    while (pyvm::Message message = pyvm::receive(self)) {
      if (message.term() == Term::short_string("stop")) return leave(self, "normal");
      if (pyvm::is_tuple(message.term()) && pyvm::arity_of(message.term()) >= 2) handle(self, message.term());
      if (leaving_) return leave(self, "gossip");
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
  const char* name() const override { return "stress.gossip"; }

 private:
  static Outcome leave(Process& self, std::string_view reason) {
    self.set_exit(pyvm::OwnedTerm(Term::short_string(reason)));
    return Outcome::Exit;
  }

  void handle(Process& self, Term message) {
    const Term kind = pyvm::element(message, 0);
    const Word arity = pyvm::arity_of(message);
    if (kind == Term::short_string("echo") && arity == 3 && pyvm::element(message, 1).is_pid()) {
      pyvm::TermBuilder builder;
      const pyvm::OwnedTerm reply(builder.tuple(kind, copy(pyvm::element(message, 2), builder)), builder.take_storage());
      static_cast<void>(pyvm::send(pyvm::element(message, 1).unchecked_pid(), reply.get()));
    } else if (kind == Term::short_string("peers")) {
      peers_.clear();
      for (Word i = 1; i < arity; ++i) {
        if (pyvm::element(message, i).is_pid()) peers_.push_back(pyvm::element(message, i).unchecked_pid());
      }
    } else if (kind == Term::short_string("gossip") && pyvm::element(message, 1).is_small()) {
      gossip(self, pyvm::element(message, 1).unchecked_small());
    }
  }

  void gossip(Process& self, std::int64_t left) {
    if (peers_.empty()) return;
    act(self, any_peer());
    if (left > 0) tell(any_peer(), Term::short_string("gossip"), Term::small(left - 1));
  }

  void act(Process& self, Pid peer) {
    switch (next() % 12) {
      case 0:
      case 1:
        return pyvm::link(self, peer);
      case 2:
      case 3:
        return pyvm::unlink(self, peer);
      case 4:
        refs_.push_back(pyvm::monitor(self, peer));
        return;
      case 5:
        if (!refs_.empty()) static_cast<void>(pyvm::demonitor(self, refs_.back(), true)), refs_.pop_back();
        return;
      case 6:
        return pyvm::send_exit(self.pid(), peer, Term::short_string("gossip"));
      case 7:
        if (next() % 8 == 0) pyvm::send_exit(self.pid(), peer, pyvm::reason::kill);
        return;
      case 8:
      case 9:
        return bear(self);
      case 10:
        self.trap_exit = !self.trap_exit;
        return;
      default:
        leaving_ = next() % 16 == 0;
    }
  }

  void bear(Process& self) {
    if (next() % 4 != 0) return;
    const pyvm::Spawned child = pyvm::spawn<Gossip>({.parent = &self, .link = next() % 2 == 0}, director_, next());
    tell(director_, Term::short_string("born"), Term::pid(child.pid));
  }

  static void tell(Pid to, Term first, Term second) {
    pyvm::TermBuilder builder;
    const pyvm::OwnedTerm message(builder.tuple(first, second), builder.take_storage());
    static_cast<void>(pyvm::send(to, message.get()));
  }

  Pid any_peer() { return peers_[next() % peers_.size()]; }
  Word next() {
    random_ = random_ * 6364136223846793005 + 1442695040888963407;
    return random_ >> 33;
  }

  Pid director_;
  Word random_;
  bool leaving_ = false;
  std::vector<Pid> peers_;
  std::vector<Word> refs_;
};

bool make(Process& process, Term arguments, std::string& error) {
  if (pyvm::arity_of(arguments) != 2 || !pyvm::element(arguments, 0).is_pid() || !pyvm::element(arguments, 1).is_small()) {
    error = "arguments are the director's pid and a seed";
    return false;
  }
  pyvm::emplace_body<Gossip>(process, pyvm::element(arguments, 0).unchecked_pid(),
                             static_cast<Word>(pyvm::element(arguments, 1).unchecked_small()));
  return true;
}

pyvm::NativeFactory factory = {"stress.gossip", make};
PyModuleDef definition = {PyModuleDef_HEAD_INIT, "native_bodies", nullptr, -1, nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_native_bodies() {
  PyObject* module = PyModule_Create(&definition);
  if (module == nullptr) return nullptr;
  PyObject* capsule = PyCapsule_New(&factory, pyvm::kNativeFactoryCapsule, nullptr);
  if (PyModule_AddObjectRef(module, "gossip", capsule) < 0) Py_CLEAR(module);
  Py_XDECREF(capsule);
  return module;
}
