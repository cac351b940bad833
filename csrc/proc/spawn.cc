// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/spawn.h"

#include "proc/ready.h"
#include "proc/registry.h"

namespace pyvm {

namespace {

Atomic<CrashReporter> crash_reporter;

void release_list(Signal* signal) {
  while (signal != nullptr) {
    Signal* next = signal->next_signal();
    signal->destroy();
    signal = next;
  }
}

/// X3: what was pushed by senders that resolved the pid before it was taken out.
void drain_and_recycle(Retired* node) {
  auto& process = *reinterpret_cast<Process*>(reinterpret_cast<std::byte*>(node) - offsetof(Process, retired));
  const Pid ended = process.pid();
  while (Signal* signal = process.mailbox.pop_outer(process.line.tail)) dead_letter(ended, signal);
  delete process.line.ahead.exchange_acq_rel(nullptr);
  process_table::recycle(process);
}

void reset_for_birth(Process& process, const SpawnOptions& options) {
  process.line.group = options.group;
  process.line.priority.store_relaxed(options.priority);
  process.line.policy = options.max_mailbox == 0 ? MailboxPolicy::Unbounded : options.policy;
  process.line.max_length.store_relaxed(options.max_mailbox);
  process.line.bounded_length.store_relaxed(0);
  process.line.urgent.store_relaxed(false);
  process.line.pressure.store_relaxed(0);
  process.line.waits_for.store_relaxed(0);
  process.line.home.store_relaxed(~0u);  // none yet
  process.line.pushed.store_relaxed(0);
  process.trap_exit = options.trap_exit;
  process.exiting = process.killed_from_outside = process.timed_out = process.yielded = false;
  process.new_messages = true;  // the first run
  process.suspend_count = 0;
  process.unhosted = 0;
  process.popped = 0;
  process.deadline_ns = 0;
  process.timer = nullptr;
  ++process.timer_generation;
  process.reductions_total = 0;
  process.parent = options.parent == nullptr ? Pid() : options.parent->pid();
  if (options.max_heap_words != 0) process.extras().max_heap_words = options.max_heap_words;
}

void tell_relations(Process& process) {
  const Term reason = process.exit_reason.get();
  const Pid self = process.pid();
  process.links.for_each([&](Word pid, Word state) {
    if (state != link_state::kActive) return;
    Signal* exit = Signal::with_copy(SignalKind::LinkExit, reason);
    exit->ref = self.value();
    static_cast<void>(deliver(Pid::from_value(pid), exit));
  });
  process.monitored_by.for_each([&](Word ref, Word pid) { send_down(Pid::from_value(pid), ref, self, reason); });
  process.refs.for_each([&](Word ref, Word entry) {
    if ((entry & ref_flag::kMonitor) == 0) return;
    Signal* signal = Signal::create(SignalKind::Demonitor);
    signal->ref = ref;
    static_cast<void>(deliver(Pid::from_value(entry & ref_flag::kPidMask), signal));
  });
  if (!process.extras_) return;
  for (const Pid pid : process.extras_->blocked_senders) static_cast<void>(deliver(pid, make_room_signal(self)));
  for (const Pid pid : process.extras_->suspended) static_cast<void>(deliver(pid, make_pid_signal(SignalKind::Resume, self)));
}

}  // namespace

void set_crash_reporter(CrashReporter reporter) { crash_reporter.store_release(reporter); }

Process* prepare_process(const SpawnOptions& options, SpawnError& error) {
  Process* process = process_table::allocate();
  if (process == nullptr) {
    error = SpawnError::TooManyProcesses;
    return nullptr;
  }
  reset_for_birth(*process, options);
  if (!options.name.empty() && registry::add_name(options.name, *process) != registry::NameResult::Added) {
    abandon_process(*process);
    error = SpawnError::NameTaken;
    return nullptr;
  }
  return process;
}

void abandon_process(Process& process) {
  registry::remove_name(process);
  process.extras_.reset();
  process_table::recycle(process);
}

Spawned begin_process(Process& process, const SpawnOptions& options) {
  const EpochGuard guard;
  Spawned result{SpawnError::None, process.pid(), 0};
  if (options.link) {
    options.parent->links.insert(process.pid().value(), link_state::kActive);
    process.links.insert(options.parent->pid().value(), link_state::kActive);
  }
  // Not yet published, so the monitor goes in by hand: the signal would find nobody.
  if (options.monitor) {
    Process& parent = *options.parent;
    Word entry =
        process.pid().value() | ref_flag::kMonitor | static_cast<Word>(options.monitor_options.alias) << ref_flag::kAliasShift;
    if (options.monitor_options.priority_alias) entry |= ref_flag::kPriorityAlias;
    const Term tag = options.monitor_options.tag;
    result.monitor = make_ref(parent);
    if (!tag.is_nothing()) {
      entry |= ref_flag::kDetail;
      parent.extras().monitor_details.push_back({result.monitor, OwnedTerm(), OwnedTerm(tag)});
    }
    parent.refs.insert(result.monitor, entry);
    process.monitored_by.insert(result.monitor, parent.pid().value());
    if (options.returns) process.extras().result_ref = result.monitor;
  }
  flush_outbox();                   // D1
  process_table::publish(process);  // X1
  make_ready(process);
  return result;
}

void destroy_body(Process& process) {
  Body* body = process.body;
  process.body = nullptr;
  if (process.inline_body) {
    body->~Body();
  } else {
    delete body;
  }
}

void end_process(Process& process) {
  if (process.killed_from_outside) process.body->kill(process);
  if (!process.mailbox.outer().looks_empty())
    process.receive_signals();  // later signals find the process ending; monitors that arrived are told below
  const Term reason = process.exit_reason.get();
  const bool crashed = !process.killed_from_outside && reason != reason::normal;
  if (CrashReporter reporter = crash_reporter.load_acquire(); crashed && reporter != nullptr) reporter(process);
  destroy_body(process);
  if (process.timer != nullptr) disarm_receive_timer(process);
  if (process.extras_) registry::remove_name(process);
  process_table::unpublish(process);  // X2
  tell_relations(process);
  release_list(process.mailbox.release_all());
  release_list(process.wakes);
  process.wakes = nullptr;
  process.links.clear();
  process.refs.clear();
  process.monitored_by.clear();
  process.extras_.reset();
  process.exit_reason = OwnedTerm();
  process.retired.reclaim = drain_and_recycle;
  epoch_retire(process.retired);
}

}  // namespace pyvm
