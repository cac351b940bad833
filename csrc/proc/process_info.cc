// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/process_info.h"

namespace pyvm {

namespace {

const char* priority_name(Priority priority) {
  switch (priority) {
    case Priority::Low:
      return "low";
    case Priority::Normal:
      return "normal";
    case Priority::High:
      return "high";
    case Priority::Max:
      return "max";
  }
  return "normal";
}

class Collector {
 public:
  Collector(Process& process, TermBuilder& builder) : process_(process), builder_(builder) {}

  Term collect(bool running) {
    const Extras none;
    const Extras& extras = process_.extras_ ? *process_.extras_ : none;
    text("status", running ? "running" : process_.suspend_count != 0 ? "suspended" : process_.exiting ? "exiting" : "waiting");
    number("message_queue_len", process_.mailbox.length());
    messages();
    links();
    monitors(extras);
    pids("suspending", extras.suspended);
    dictionary(extras);
    add("trap_exit", Term::boolean(process_.trap_exit));
    text("priority", priority_name(process_.line.priority.load_relaxed()));
    add("registered_name", extras.name ? copy(extras.name.get(), builder_) : Term::none());
    text("initial_call", process_.body != nullptr ? process_.body->name() : "");
    stack();
    text("kind", process_.line.group == Group::Python ? "coroutine" : "native");
    number("reductions", process_.reductions_total);
    number("memory", sizeof(Process) + process_.heap_words() * sizeof(Word) + process_.links.size_bytes() +
                         process_.refs.size_bytes() + process_.monitored_by.size_bytes());
    add("parent", process_.parent ? Term::pid(process_.parent) : Term::none());
    add("label", extras.label.empty() ? Term::none() : builder_.make_string(extras.label));
    number("max_heap", extras.max_heap_words * sizeof(Word));
    number("max_mailbox", process_.line.max_length.load_relaxed());
    return builder_.make_dict(std::span<const Term>(pairs_));
  }

 private:
  void add(std::string_view key, Term value) {
    pairs_.push_back(builder_.make_string(key));
    pairs_.push_back(value);
  }
  void text(std::string_view key, std::string_view value) { add(key, builder_.make_string(value)); }
  void number(std::string_view key, Word value) { add(key, builder_.make_uint(value)); }
  void list(std::string_view key, std::span<const Term> items) { add(key, builder_.make_list(items)); }

  void stack() {
    std::vector<Term> items;
    if (process_.body != nullptr) {
      for (const StackEntry& entry : process_.body->stack()) {
        items.push_back(
            builder_.tuple(builder_.make_string(entry.function), builder_.make_string(entry.file), Term::small(entry.line)));
      }
    }
    add("current_function", items.empty() ? Term::none() : items.front());
    list("current_stacktrace", items);
  }

  void messages() {
    std::vector<Term> items;
    for (Signal* message = process_.mailbox.first(); message != nullptr; message = message->next_signal()) {
      items.push_back(copy(message->term, builder_));
    }
    list("messages", items);
  }

  void links() {
    std::vector<Term> items;
    process_.links.for_each([&](Word pid, Word state) {
      if (state == link_state::kActive) items.push_back(Term::pid(Pid::from_value(pid)));
    });
    list("links", items);
  }

  void monitors(const Extras& extras) {
    std::vector<Term> made, aliases, watchers;
    process_.refs.for_each([&](Word ref, Word entry) {
      if (alias_mode(entry) != AliasMode::None) aliases.push_back(builder_.make_ref(ref, process_.pid(), true));
      if ((entry & ref_flag::kMonitor) == 0) return;
      Term target = Term::pid(Pid::from_value(entry & ref_flag::kPidMask));
      for (const MonitorDetail& detail : extras.monitor_details) {
        if (detail.ref == ref && detail.name) {
          target = builder_.tuple(copy(detail.name.get(), builder_), builder_.make_string(kLocalNode));
        }
      }
      made.push_back(target);
    });
    process_.monitored_by.for_each([&](Word, Word pid) { watchers.push_back(Term::pid(Pid::from_value(pid))); });
    list("monitors", made);
    list("monitored_by", watchers);
    list("aliases", aliases);
  }

  void pids(std::string_view key, const std::vector<Pid>& from) {
    std::vector<Term> items;
    for (const Pid pid : from) items.push_back(Term::pid(pid));
    list(key, items);
  }

  void dictionary(const Extras& extras) {
    std::vector<Term> items;
    for (const DictionaryEntry& entry : extras.dictionary) {
      items.push_back(copy(entry.key.get(), builder_));
      items.push_back(copy(entry.value.get(), builder_));
    }
    add("dictionary", builder_.make_dict(std::span<const Term>(items)));
  }

  Process& process_;
  TermBuilder& builder_;
  std::vector<Term> pairs_;
};

}  // namespace

OwnedTerm collect_info(Process& process, bool running) {
  TermBuilder builder;
  const Term term = Collector(process, builder).collect(running);
  return OwnedTerm(term, builder.take_storage());
}

std::shared_ptr<InfoRequest> InfoRequest::ask(Pid target, Pid waiter) {
  auto request = std::make_shared<InfoRequest>();
  request->post(target, waiter);
  return request;
}

void InfoRequest::run(Process& process) {
  // One that is ending has handled its end: to whoever asks after that it is gone.
  if (!process.exiting)
    result_ = collect_info(process, current_process == &process && process.new_messages && process.suspend_count == 0);
  finish();
}

}  // namespace pyvm
