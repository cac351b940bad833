// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The workloads as native bodies: pyvm_workloads WORKLOAD key=number ...
//
// `schedulers` is how many the runtime has; it is not shown among the parameters. Prints one line of JSON as every peer does.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "harness.h"
#include "sched/runtime.h"

namespace pyvm::workloads {
namespace {

void print(std::string_view name, const Params& params, const Answer& answer) {
  std::string line = "{\"workload\":\"" + std::string(name) + "\",\"params\":{";
  const char* comma = "";
  for (const auto& [key, value] : params.all()) {
    if (key == "schedulers") continue;
    line += comma + ("\"" + key + "\":") + std::to_string(value);
    comma = ",";
  }
  line += "},\"metrics\":[";
  comma = "";
  for (const Metric& metric : answer.metrics) {
    char text[160];
    std::snprintf(text, sizeof text, "%s[\"%s\",\"%s\",%.6f]", comma, metric.name, metric.unit, metric.value);
    line += text;
    comma = ",";
  }
  std::printf("%s],\"check\":\"%s\"}\n", line.c_str(), answer.check.c_str());
}

int run(int count, char** arguments) {
  Table table;
  for (const auto add : {add_spawning, add_messages, add_crowds, add_receive, add_calls, add_timing, add_compute}) add(table);
  const auto found = count > 1 ? table.find(arguments[1]) : table.end();
  if (found == table.end()) {
    std::fprintf(stderr, "usage: pyvm_workloads WORKLOAD key=number ...; the workloads are\n");
    for (const auto& [name, _] : table) std::fprintf(stderr, "  %s\n", name.data());
    return 2;
  }
  Params params;
  for (int i = 2; i < count; ++i) {
    const std::string pair = arguments[i];
    const std::size_t equals = pair.find('=');
    want(equals != std::string::npos, "a parameter is not key=number");
    params.set(pair.substr(0, equals), std::strtoll(pair.c_str() + equals + 1, nullptr, 10));
  }
  Runtime::start({.native_schedulers = static_cast<unsigned>(params.get("schedulers", 0))});
  print(found->first, params, found->second(found->first, params));
  Runtime::stop();
  return 0;
}

}  // namespace
}  // namespace pyvm::workloads

int main(int count, char** arguments) { return pyvm::workloads::run(count, arguments); }
