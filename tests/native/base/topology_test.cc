// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/topology.h"

#include <gtest/gtest.h>

#include <map>

namespace pyvm {
namespace {

using Files = std::map<std::string, std::string>;

std::optional<int> limit_of(const Files& files) {
  return cgroup_thread_limit([&](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return std::nullopt;
    return found->second;
  });
}

TEST(Topology, ThisMachineHasAThread) { EXPECT_GE(usable_threads(), 1); }

TEST(Topology, RoundsVersion2QuotasUp) {
  EXPECT_EQ(parse_cpu_max("200000 100000\n"), 2);
  EXPECT_EQ(parse_cpu_max("150000 100000\n"), 2);
  EXPECT_EQ(parse_cpu_max("1000 100000\n"), 1);
}

TEST(Topology, TakesNoLimitAndNonsenseForNone) {
  EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
  EXPECT_EQ(parse_cpu_max(""), std::nullopt);
  EXPECT_EQ(parse_cpu_max("100000"), std::nullopt);
  EXPECT_EQ(parse_cpu_max("100000 0"), std::nullopt);
  EXPECT_EQ(parse_cpu_max("12ab 100000"), std::nullopt);
  EXPECT_EQ(parse_cfs_quota("-1\n", "100000\n"), std::nullopt);
}

TEST(Topology, ReadsVersion1Quotas) { EXPECT_EQ(parse_cfs_quota("250000\n", "100000\n"), 3); }

TEST(Topology, ParsesMembershipOfBothVersions) {
  const auto memberships = parse_cgroup_membership("4:cpu,cpuacct:/jobs/a\n0::/user.slice/b:c\n");
  ASSERT_EQ(memberships.size(), 2u);
  EXPECT_EQ(memberships[0].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
  EXPECT_EQ(memberships[0].path, "/jobs/a");
  EXPECT_TRUE(memberships[1].controllers.empty());
  EXPECT_EQ(memberships[1].path, "/user.slice/b:c");
}

TEST(Topology, TheTightestCgroupAboveBinds) {
  Files files{
      {"/proc/self/cgroup", "0::/slice/service\n"},
      {"/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"},
      {"/sys/fs/cgroup/slice/service/cpu.max", "800000 100000\n"},
      {"/sys/fs/cgroup/slice/cpu.max", "300000 100000\n"},
  };
  EXPECT_EQ(limit_of(files), 3);
  files["/sys/fs/cgroup/slice/cpu.max"] = "max 100000\n";
  EXPECT_EQ(limit_of(files), 8);
  files.erase("/sys/fs/cgroup/slice/service/cpu.max");
  EXPECT_EQ(limit_of(files), std::nullopt);
}

TEST(Topology, SeesThroughAContainersMountOfVersion1) {
  const Files files{
      {"/proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n"},
      {"/proc/self/mountinfo",
       "41 40 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
       "42 40 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"},
  };
  EXPECT_EQ(limit_of(files), 1);
}

TEST(Topology, NoCgroupsNoLimit) {
  EXPECT_EQ(limit_of({}), std::nullopt);
  EXPECT_EQ(limit_of({{"/proc/self/cgroup", "garbage\n::\n"}, {"/proc/self/mountinfo", "x - cgroup2\n"}}), std::nullopt);
}

TEST(Topology, JoinsAffinityAndQuota) {
  EXPECT_EQ(join_limits(8, std::nullopt), 8);
  EXPECT_EQ(join_limits(8, 3), 3);
  EXPECT_EQ(join_limits(2, 3), 2);
  EXPECT_EQ(join_limits(0, std::nullopt), 1);
}

}  // namespace
}  // namespace pyvm
