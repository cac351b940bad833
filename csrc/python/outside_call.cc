// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// pid.call(request, timeout) from a thread that is no process: a process of one call, for whose end the thread waits without the GIL.
#include <pybind11/pybind11.h>

#include "base/futex.h"
#include "proc/call.h"
#include "python/core.h"
#include "sched/scheduler.h"

namespace py = pybind11;

namespace pyvm::python {

namespace {

struct OutsideCall {
  Call call;
  Call::State state = Call::State::Waiting;
  OwnedTerm result;
  Atomic<std::uint32_t> done;
};

/// A process of one call, for a thread that is none.
class OutsideCallBody final : public Body {
 public:
  explicit OutsideCallBody(std::shared_ptr<OutsideCall> outside) : outside_(std::move(outside)) {}
  ~OutsideCallBody() override {
    outside_->done.store_release(1);  // pairs with the acquire in call_from_outside
    futex_wake_all(outside_->done);
  }
  Outcome run(Process& self) override {
    if (!std::exchange(begun_, true)) outside_->call.begin(self);
    Message message;
    const Call::State state = outside_->call.step(self, message);
    if (state == Call::State::Waiting) return Outcome::Wait;
    outside_->state = state;
    if (message) outside_->result = OwnedTerm(state == Call::State::Down ? element(message.term(), 4) : message.term());
    return Outcome::Exit;
  }
  const char* name() const override { return "pyvm.call"; }

 private:
  std::shared_ptr<OutsideCall> outside_;
  bool begun_ = false;
};

py::object call_from_outside(py::handle pid, py::handle request, py::handle timeout) {
  if (Scheduler::current() != nullptr)
    throw std::runtime_error("pid.call would block a scheduler; in a process use: await pid.acall(...)");
  Pid to;
  OwnedTerm term;
  std::uint64_t timeout_ns = kForever;
  if (!pid_from_object(pid.ptr(), &to, "pid") || !owned_from_object(request.ptr(), term, "request") ||
      (!timeout.is_none() && !nanoseconds_from_object(timeout.ptr(), "timeout", &timeout_ns))) {
    throw py::error_already_set();
  }
  if (!check_running()) throw py::error_already_set();
  auto outside = std::make_shared<OutsideCall>(Call(to, std::move(term), timeout_ns));
  const Spawned spawned = spawn<OutsideCallBody>({}, outside);
  if (spawned.error != SpawnError::None) throw std::runtime_error("system_limit: too many processes");
  while (outside->done.load_acquire() == 0) {
    without_gil([&] { futex_wait(outside->done, 0); });
    if (PyErr_CheckSignals() != 0) {  // Ctrl-C: the call is given up
      send_exit(Pid(), spawned.pid, reason::kill);
      throw py::error_already_set();
    }
  }
  switch (outside->state) {
    case Call::State::Replied:
      break;
    case Call::State::TimedOut:
      PyErr_SetString(PyExc_TimeoutError, "no reply in time; a reply that comes later will be dropped");
      throw py::error_already_set();
    default: {
      const py::object reason = outside->result
                                    ? py::reinterpret_steal<py::object>(terms->object_from_term(outside->result.get()))
                                    : py::object(py::str("killed"));
      set_process_down(reason.ptr());
      throw py::error_already_set();
    }
  }
  PyObject* reply = terms->object_from_term(outside->result.get());
  if (reply == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(reply);
}

}  // namespace

void add_outside_call(py::module_& module) { module.def("call_from_outside", call_from_outside); }

}  // namespace pyvm::python
