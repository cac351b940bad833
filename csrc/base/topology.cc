// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/topology.h"

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <thread>

namespace pyvm {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (end != 0) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::vector<std::string> words(std::string_view text, char separator) {
  const auto parts = split(text, separator);
  return {parts.begin(), parts.end()};
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> number(std::string_view text) {
  text = trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> threads_of(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  const std::int64_t threads = *quota / *period + (*quota % *period != 0 ? 1 : 0);
  return static_cast<int>(std::clamp<std::int64_t>(threads, 1, INT_MAX));
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The cgroup's path below the mount point: what the mount's root has in common with it is not repeated there.
std::string below_mount(const CgroupMount& mount, const std::string& path) {
  if (mount.root == "/") return path;
  if (path.starts_with(mount.root) && (path.size() == mount.root.size() || path[mount.root.size()] == '/'))
    return path.substr(mount.root.size());
  return "";  // another namespace's path: the mount point is all that can be seen
}

std::optional<int> limit_at(const CgroupMount& mount, const std::string& directory, const FileReader& read) {
  if (mount.version2) {
    const auto text = read(directory + "/cpu.max");
    return text ? parse_cpu_max(*text) : std::nullopt;
  }
  const auto quota = read(directory + "/cpu.cfs_quota_us");
  const auto period = read(directory + "/cpu.cfs_period_us");
  return quota && period ? parse_cfs_quota(*quota, *period) : std::nullopt;
}

int affinity_threads() {
#if defined(__linux__)
  // A mask of fixed size is refused on machines with more processors; so it grows until it is not.
  for (int processors = CPU_SETSIZE; processors <= (1 << 20); processors *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(processors));
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(processors));
    CPU_ZERO_S(bytes, set);
    const int threads = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (threads > 0) return threads;
  }
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

std::vector<CgroupMembership> parse_cgroup_membership(std::string_view text) {
  std::vector<CgroupMembership> memberships;
  for (const std::string_view line : split(text, '\n')) {  // number:controllers:path
    const std::size_t first = line.find(':');
    if (first == std::string_view::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    memberships.push_back({words(line.substr(first + 1, second - first - 1), ','), std::string(line.substr(second + 1))});
  }
  return memberships;
}

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view text) {
  std::vector<CgroupMount> mounts;
  for (const std::string_view line :
       split(text, '\n')) {  // id parent major:minor root point options ... - type source superoptions
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.empty()) continue;
    if (after[0] != "cgroup" && after[0] != "cgroup2") continue;
    mounts.push_back({after[0] == "cgroup2", std::string(before[3]), std::string(before[4]),
                      after.size() > 2 ? words(after[2], ',') : std::vector<std::string>{}});
  }
  return mounts;
}

std::optional<int> parse_cpu_max(std::string_view text) {
  const auto parts = split(trim(text), ' ');
  if (parts.size() != 2) return std::nullopt;
  return threads_of(number(parts[0]), number(parts[1]));  // "max" is no number, so no limit
}

std::optional<int> parse_cfs_quota(std::string_view quota, std::string_view period) {
  return threads_of(number(quota), number(period));
}

std::optional<int> cgroup_thread_limit(const FileReader& read) {
  const auto membership_text = read("/proc/self/cgroup");
  const auto mount_text = read("/proc/self/mountinfo");
  if (!membership_text || !mount_text) return std::nullopt;
  std::optional<int> least;
  const auto mounts = parse_cgroup_mounts(*mount_text);
  for (const CgroupMembership& membership : parse_cgroup_membership(*membership_text)) {
    const bool version2 = membership.controllers.empty();
    if (!version2 && !has(membership.controllers, "cpu")) continue;
    for (const CgroupMount& mount : mounts) {
      if (mount.version2 != version2 || (!version2 && !has(mount.options, "cpu"))) continue;
      std::string path = below_mount(mount, membership.path);
      while (path.ends_with('/')) path.pop_back();
      for (;;) {  // a quota binds every cgroup below it
        const auto limit = limit_at(mount, mount.mount_point + path, read);
        if (limit && (!least || *limit < *least)) least = limit;
        if (path.empty()) break;
        path.resize(std::min(path.rfind('/'), path.size() - 1));
      }
    }
  }
  return least;
}

int join_limits(int affinity_threads, std::optional<int> quota_threads) {
  return std::max(1, quota_threads ? std::min(affinity_threads, *quota_threads) : affinity_threads);
}

int usable_threads() { return join_limits(affinity_threads(), cgroup_thread_limit(read_file)); }

}  // namespace pyvm
