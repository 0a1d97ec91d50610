#include "running/control_group.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>
#include <fstream>

#include "common/file.hpp"

namespace whittle::running {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

// /proc and the mounts of control groups as a kernel would show them.
class ControlGroupTest : public testing::Test {
 protected:
  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  std::string mount(std::string_view root, std::string_view at, std::string_view type,
                    std::string_view options) {
    return fmt::format("30 23 0:26 {} {} rw,nosuid shared:9 - {} cgroup rw{}\n", root, (root_ / at).native(),
                       type, options);
  }
  ControlGroup group() { return ControlGroup::of(7, root_ / "proc"); }
  TemporaryFolder folder_{testing::TempDir()};
  fs::path root_ = folder_.path();
};

TEST_F(ControlGroupTest, ReadsVersion2) {
  write("proc/self/mountinfo", mount("/", "cg", "cgroup2", ""));
  write("proc/7/cgroup", "0::/user/whittle-smoke-x\n");
  const fs::path at = "cg/user/whittle-smoke-x";
  write(at / "cgroup.controllers", "cpu memory pids\n");
  write(at / "memory.current", "1000\n");
  write(at / "memory.peak", "2000\n");
  write(at / "memory.max", "4096\n");
  write(at / "memory.stat", "anon 600\nfile 300\nshmem 100\nkernel 50\nsock 7\npgfault 12\npgmajfault 3\n");
  write(at / "memory.events", "low 0\noom 2\noom_kill 1\n");
  write(at / "cpu.stat", "usage_usec 900\nnr_periods 10\nnr_throttled 4\nthrottled_usec 77\n");
  write(at / "pids.events", "max 5\n");
  write(at / "cgroup.procs", "7\n9\n");
  const auto one = group();
  EXPECT_EQ(one.memory_version(), 2U);
  EXPECT_TRUE(one.is_named("whittle-smoke-x"));
  const auto memory = one.memory();
  EXPECT_EQ(memory.total, 1000U);
  EXPECT_EQ(memory.anonymous, 600U);
  EXPECT_EQ(memory.file, 200U);
  EXPECT_EQ(memory.shared, 100U);
  EXPECT_EQ(memory.kernel, 50U);
  EXPECT_EQ(memory.socket, 7U);
  EXPECT_EQ(one.peak(), 2000U);
  EXPECT_EQ(one.memory_limit(), 4096U);
  const auto counters = one.counters();
  EXPECT_EQ(counters.page_faults, 12U);
  EXPECT_EQ(counters.major_faults, 3U);
  EXPECT_EQ(counters.oom_kills, 1U);
  EXPECT_EQ(counters.process_limit_hits, 5U);
  EXPECT_EQ(counters.cpu_microseconds, 900U);
  EXPECT_EQ(counters.throttled, 4U);
  EXPECT_EQ(counters.throttled_microseconds, 77U);
  EXPECT_THAT(one.processes(), ElementsAre(7, 9));
}

TEST_F(ControlGroupTest, Version2WithoutAPeakOrALimitSaysSo) {
  write("proc/self/mountinfo", mount("/", "cg", "cgroup2", ""));
  write("proc/7/cgroup", "0::/\n");
  write("cg/cgroup.controllers", "memory\n");
  write("cg/memory.max", "max\n");
  EXPECT_EQ(group().peak(), std::nullopt);
  EXPECT_EQ(group().memory_limit(), std::nullopt);
}

TEST_F(ControlGroupTest, ReadsVersion1BesideAnEmptyVersion2) {
  write("proc/self/mountinfo",
        mount("/", "cg/memory", "cgroup", ",memory") + mount("/", "cg/cpu", "cgroup", ",cpu,cpuacct") +
            mount("/", "cg/pids", "cgroup", ",pids") + mount("/", "cg/unified", "cgroup2", ""));
  write("proc/7/cgroup", "8:pids:/w\n4:memory:/w\n1:cpu,cpuacct:/w\n0::/\n");
  write("cg/unified/cgroup.controllers", "hugetlb\n");
  write("cg/memory/w/memory.usage_in_bytes", "1000\n");
  write("cg/memory/w/memory.max_usage_in_bytes", "3000\n");
  write("cg/memory/w/memory.limit_in_bytes", "9223372036854771712\n");
  write("cg/memory/w/memory.stat",
        "rss 1\ntotal_rss 600\ntotal_cache 300\ntotal_shmem 100\ntotal_pgfault 12\ntotal_pgmajfault 3\n");
  write("cg/memory/w/memory.kmem.usage_in_bytes", "50\n");
  write("cg/memory/w/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  write("cg/memory/w/cgroup.procs", "7\n");
  write("cg/pids/w/pids.events", "max 0\n");
  write("cg/cpu/w/cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 77000\n");
  write("cg/cpu/w/cpuacct.usage", "900000\n");
  const auto one = group();
  EXPECT_EQ(one.memory_version(), 1U);
  EXPECT_EQ(one.memory().total, 1000U);
  EXPECT_EQ(one.memory().anonymous, 600U);
  EXPECT_EQ(one.memory().file, 200U);
  EXPECT_EQ(one.memory().kernel, 50U);
  EXPECT_EQ(one.peak(), 3000U);
  EXPECT_EQ(one.memory_limit(), std::nullopt);
  EXPECT_EQ(one.counters().oom_kills, 2U);
  EXPECT_EQ(one.counters().page_faults, 12U);
  EXPECT_EQ(one.counters().cpu_microseconds, 900U);
  EXPECT_EQ(one.counters().throttled_microseconds, 77U);
  EXPECT_THAT(one.processes(), ElementsAre(7));
  EXPECT_EQ(one.why_no_limit(), std::nullopt);
}

TEST_F(ControlGroupTest, FindsTheGroupWhereOnlyAPartOfTheHierarchyIsMounted) {
  write("proc/self/mountinfo", mount("/docker/abc", "cg", "cgroup", ",memory"));
  write("proc/7/cgroup", "4:memory:/docker/abc/w\n");
  write("cg/w/memory.usage_in_bytes", "5\n");
  EXPECT_EQ(group().memory().total, 5U);
}

TEST_F(ControlGroupTest, TellsWhereBothVersionsAre) {
  const auto first = mount("/", "cg/memory", "cgroup", ",memory");
  const auto second = mount("/", "cg/unified", "cgroup2", "");
  write("proc/self/mountinfo", first);
  EXPECT_EQ(second_hierarchy(root_ / "proc"), std::nullopt);
  write("proc/self/mountinfo", second);
  EXPECT_EQ(second_hierarchy(root_ / "proc"), std::nullopt);
  write("proc/self/mountinfo", first + second);
  EXPECT_EQ(second_hierarchy(root_ / "proc"), root_ / "cg/unified");
}

TEST_F(ControlGroupTest, WhereNothingIsMountedNothingIsTold) {
  EXPECT_EQ(group().memory_version(), 0U);
  EXPECT_EQ(group().memory().total, 0U);
  EXPECT_EQ(group().peak(), std::nullopt);
  EXPECT_EQ(group().why_no_limit(), "this machine has no control groups for memory here");
  EXPECT_EQ(second_hierarchy(root_ / "proc"), std::nullopt);
  EXPECT_THAT(group().processes(), testing::IsEmpty());
}

}  // namespace
}  // namespace whittle::running
