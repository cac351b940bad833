// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Topology: how many threads this system process may keep busy.
//
//   usable_threads()   the threads of its affinity mask, or its cgroup's CPU quota rounded up if that is less; at least 1
//
// Reads files, so: once at start. The parsing takes text, and a reader of files, so that a test can be any machine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace pyvm {

PYVM_EXPORT int usable_threads();

/// The text of a file, or nothing where there is none.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

/// One line of /proc/self/cgroup: no controllers means version 2.
struct CgroupMembership {
  std::vector<std::string> controllers;
  std::string path;
};

PYVM_EXPORT std::vector<CgroupMembership> parse_cgroup_membership(std::string_view text);

/// A line of /proc/self/mountinfo that mounts cgroups.
struct CgroupMount {
  bool version2 = false;
  std::string root;  // which cgroup is seen at the mount point
  std::string mount_point;
  std::vector<std::string> options;  // names the controllers in version 1
};

PYVM_EXPORT std::vector<CgroupMount> parse_cgroup_mounts(std::string_view text);

/// Version 2's cpu.max: "200000 100000" is 2 threads, "max 100000" no limit. Rounded up; nothing for no limit or nonsense.
PYVM_EXPORT std::optional<int> parse_cpu_max(std::string_view text);

/// Version 1's cpu.cfs_quota_us and cpu.cfs_period_us; a quota of -1 is no limit.
PYVM_EXPORT std::optional<int> parse_cfs_quota(std::string_view quota, std::string_view period);

/// The least quota of the process's cgroup and those above it, as far as they can be seen.
PYVM_EXPORT std::optional<int> cgroup_thread_limit(const FileReader& read);

/// Affinity and quota together, as usable_threads() joins them.
PYVM_EXPORT int join_limits(int affinity_threads, std::optional<int> quota_threads);

}  // namespace pyvm
