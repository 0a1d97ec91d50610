#include "running/memory_watch.hpp"

#include <algorithm>
#include <utility>

namespace whittle::running {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_samples = 1200;
constexpr std::size_t most_names = 1000;
constexpr auto interval = std::chrono::milliseconds(50);
constexpr int looks_per_pss = 20;

}  // namespace

MemoryWatch::MemoryWatch(ControlGroup group, bool own_group, pid_t process)
    : group_(std::move(group)), own_group_(own_group), process_(process), thread_([this] { work(); }) {}

MemoryWatch::~MemoryWatch() {
  finish();
}

double MemoryWatch::now() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void MemoryWatch::work() {
  std::unique_lock lock(mutex_);
  auto next = Clock::now();
  for (int looks = 0; !stop_; ++looks) {
    look(looks % looks_per_pss == 1);
    next = std::max(next + interval, Clock::now());
    changed_.wait_until(lock, next, [this] { return stop_; });
  }
}

void MemoryWatch::look(bool with_pss) {
  const auto processes = own_group_ ? group_.processes() : processes_beside(process_);
  if (processes.empty()) return;  // it ended, or has not begun
  const auto by_process = memory_of(processes, with_pss);
  if (with_pss && by_process.pss > 0) last_pss_ = by_process.pss;
  MemorySample sample{now(), {}, by_process.rss(), last_pss_};
  if (own_group_)
    sample.memory = group_.memory();
  else
    sample.memory = {.total = by_process.rss(),
                     .anonymous = by_process.anonymous,
                     .file = by_process.file,
                     .shared = by_process.shared};
  watched_.most_processes = std::max<std::uint64_t>(watched_.most_processes, processes.size());
  for (const auto pid : processes)
    if (!watched_.processes.contains(pid) && watched_.processes.size() < most_names)
      watched_.processes.emplace(pid, name_of_process(pid));
  if (!own_group_) {
    const auto faults = faults_of(process_);
    watched_.counters.page_faults = std::max(watched_.counters.page_faults, faults.minor + faults.major);
    watched_.counters.major_faults = std::max(watched_.counters.major_faults, faults.major);
  }
  add(sample);
}

void MemoryWatch::add(const MemorySample& sample) {
  auto& samples = watched_.samples;
  if (sample.memory.total > watched_.highest.memory.total) watched_.highest = sample;
  if (!samples.empty() && sample.at - samples.back().at < spacing_ * 0.9) {
    if (sample.memory.total > samples.back().memory.total) samples.back().memory = sample.memory;
    return;
  }
  samples.push_back(sample);
  if (samples.size() < most_samples) return;
  for (std::size_t i = 0; i + 1 < samples.size(); i += 2)
    samples[i / 2] = samples[i].memory.total >= samples[i + 1].memory.total ? samples[i] : samples[i + 1];
  samples.resize(samples.size() / 2);
  spacing_ *= 2;
}

Watched MemoryWatch::finish() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  watched_.by_group = own_group_;
  if (own_group_) {
    watched_.counters = group_.counters();
    watched_.peak = group_.peak();
  }
  return watched_;
}

}  // namespace whittle::running
