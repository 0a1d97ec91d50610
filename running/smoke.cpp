#include "running/smoke.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "running/bundle.hpp"
#include "running/container_ids.hpp"
#include "running/local_client.hpp"
#include "running/program_output.hpp"
#include "running/run_folder.hpp"

namespace whittle::running {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr double most_errors = 0.01;  // of the requests

bool machine_swaps() {
  const auto text = read_file_if_present("/proc/swaps", 1U << 20U).value_or("");
  return std::count(text.begin(), text.end(), '\n') > 1;  // the first line is a heading
}

// The load on a thread of its own, while somebody else watches the program.
class LoadRun {
 public:
  LoadRun(const LoadPlan& plan, NetworkDoor& door, LoadOptions options)
      : thread_([this, &plan, &door, options] {
          auto with_stop = options;
          with_stop.stop = stop_.get_token();
          try {
            result_ = run_load(plan, door, with_stop);
          } catch (...) {
            failure_ = std::current_exception();
          }
          done_ = true;
        }) {}
  ~LoadRun() {
    stop_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  bool done() const { return done_; }
  LoadResult take() {
    stop_.request_stop();
    thread_.join();
    if (failure_) std::rethrow_exception(failure_);
    return std::move(result_);
  }

 private:
  std::stop_source stop_;
  std::atomic<bool> done_ = false;
  LoadResult result_;
  std::exception_ptr failure_;
  std::thread thread_;  // the last member: it uses the others
};

class SmokeRun {
 public:
  SmokeRun(const layers::ImageConfig& config, const SmokeOptions& options, Reporter& reporter)
      : config_(config), options_(options), reporter_(reporter) {}

  SmokeResult run(registry::ImageSource& source, const layers::Manifest& manifest) {
    const auto program = find_runtime(options_.runtime, options_.find);
    auto identified =
        std::async(std::launch::async, [&] { return identify_runtime(program, options_.stop); });
    remove_leftovers(options_.folder, reporter_, options_.stop);
    const auto mounts = choose_users();
    const RunFolder folder(options_.folder, program);
    const auto bundle = folder.path() / "bundle";
    UnpackOptions unpack{
        .ownership = {caller_.is_root(), caller_.ids}, .limits = options_.limits, .stop = options_.stop};
    result_.root = unpack_root(source, manifest, config_, bundle, reporter_, unpack);
    const auto account = account_for(caller_, config_, result_.root);
    if (caller_.is_root() && !caller_.ids && !ids_are_here(account.uid, account.gid))
      throw Error(ErrorKind::unsupported,
                  fmt::format("the image runs as {}:{}, whom the user namespace of whittle does not have",
                              account.uid, account.gid))
          .hint("run it as an ordinary user, or as the machine's root");
    runtime_ = identified.get();
    if (!runtime_.mounts) runtime_.mounts = mounts;
    result_.runtime = fmt::format("{} {}", runtime_.name, runtime_.version);
    auto confined = confinement(folder.id());
    // Of the folders above it some may be closed to all but this machine's root.
    if (caller_.ids)
      confined.root = runtime_.mounts->show_openly(bundle / "rootfs", {bundle, runtime_.program});
    write_bundle(bundle, runtime_config(config_, account, confined));
    const auto user = caller_.ids ? std::optional<uid_t>(caller_.ids->outside(account.uid)) : std::nullopt;
    Container container(runtime_, folder.path(), folder.id(), user, options_.stop);
    observe(container, folder.id());
    return std::move(result_);
  }

 private:
  // For root a user namespace whose users are nobody here: what breaks out of it is nobody. Where there can
  // be none, the image's users are this machine's, as confined in everything else. The mounts are those in
  // which its root is shown.
  std::shared_ptr<const MountNamespace> choose_users() {
    if (!caller_.is_root()) {
      if (const auto why = why_no_container_of(caller_.uid, caller_.gid); !why.empty())
        throw Error(ErrorKind::unsupported, "a container of an ordinary user needs a user namespace: " + why)
            .hint("run it as root, or have the machine's administrator allow user namespaces");
      return nullptr;
    }
    const auto ids = ids_for_containers();
    result_.why_own_users = ids.why_not;
    if (!ids.range) return nullptr;
    try {
      auto mounts = std::make_shared<const MountNamespace>();
      caller_.ids = ids.range;
      return mounts;
    } catch (const Error& error) {
      result_.why_own_users = error.message();
      return nullptr;
    }
  }

  // Limits are asked for where they may be set; a container without them is as confined in everything else.
  Confinement confinement(const std::string& id) {
    auto confinement = confinement_for(caller_);
    result_.as_root_of_caller = !caller_.is_root();
    result_.why_not_limited = ControlGroup::of(::getpid()).why_no_limit().value_or("");
    result_.limited = confinement.limited = result_.why_not_limited.empty();
    confinement.cgroup = id;
    confinement.memory = options_.memory;
    confinement.cpus = options_.cpus;
    confinement.swap = machine_swaps();
    confinement.processes = options_.processes;
    confinement.scratch =
        options_.memory ? std::min(options_.scratch, *options_.memory / 4) : options_.scratch;
    confinement.env = options_.env;
    add_trace(confinement.env);
    if (confinement.limited) {
      result_.memory_limit = options_.memory;
      result_.cpu_limit = options_.cpus;
    }
    return confinement;
  }

  // What the image has in GODEBUG stays.
  void add_trace(std::vector<std::string>& env) const {
    std::string settings;
    for (const auto* variables : {&config_.execution.env, &std::as_const(env)})
      for (const auto& one : *variables)
        if (one.starts_with("GODEBUG=")) settings = one.substr(8);
    std::erase_if(env, [](const std::string& one) { return one.starts_with("GODEBUG="); });
    env.push_back("GODEBUG=" + settings + (settings.empty() ? "" : ",") + "gctrace=1");
  }

  void observe(Container& container, const std::string& id) {
    NetworkDoor door(container.process());
    const auto group = ControlGroup::of(container.process());
    MemoryWatch watch(group, group.is_named(id), container.process());
    ProgramOutput output(container.take_output(), container.take_errors());
    container.start(options_.stop);
    if (wait_until_ready(container, door, watch)) apply_load(container, door, watch);
    stop(container);
    result_.seconds = watch.now();
    output.finish(2s);
    result_.watched = watch.finish();
    result_.collections = output.collections();
    result_.output_tail = output.output_tail();
    result_.errors_tail = output.errors_tail();
    result_.output_bytes = output.bytes();
    judge();
  }

  bool has_ended(Container& container, std::chrono::milliseconds within) {
    if (!result_.ending) result_.ending = container.wait(Clock::now() + within, options_.stop);
    return result_.ending.has_value();
  }

  // Without a URL to ask, whoever accepts connections is ready; without load, whoever runs.
  bool wait_until_ready(Container& container, NetworkDoor& door, const MemoryWatch& watch) {
    const auto task = reporter_.start("wait until it is ready", 0);
    const auto end = Clock::now() + options_.ready_timeout;
    const auto is_ready = [&] {
      if (options_.ready) {
        const auto answer = get(door, *options_.ready, 16U << 20U, 2s, options_.stop);
        return answer && answer->status >= 200 && answer->status < 400;
      }
      return !options_.load || accepts(door, options_.load->target, 2s, options_.stop);
    };
    const auto begin = Clock::now();
    while (!is_ready()) {
      // Who is quick is asked often; who is slow is not kept from its work.
      if (has_ended(container, Clock::now() < begin + 200ms ? 2ms : 10ms)) {
        task->done("it ended");
        return false;
      }
      if (Clock::now() < end) continue;
      task->done("it did not get ready");
      result_.problems.push_back({Problem::Kind::not_ready, fmt::format("it was not ready within {:.0f} s",
                                                                        seconds(options_.ready_timeout))});
      return false;
    }
    result_.ready_after = watch.now();
    task->done("ready");
    return true;
  }

  void apply_load(Container& container, NetworkDoor& door, const MemoryWatch& watch) {
    auto length = options_.duration;
    std::unique_ptr<LoadRun> load;
    if (options_.load) {
      std::chrono::milliseconds stages{0};
      for (const auto& stage : options_.load->stages) stages += stage.duration;
      length = std::max(length, stages);
      load =
          std::make_unique<LoadRun>(*options_.load, door, LoadOptions{.connections = options_.connections});
    }
    const auto task = reporter_.start(options_.load ? "load" : "run", 0);
    result_.load_from = watch.now();
    const auto end = Clock::now() + length;
    take_profile(door, watch);
    const auto middle = Clock::now() + (end - Clock::now()) / 2;
    const auto next_look = [&] {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
      return left > 0ms ? std::min(left, 20ms) : 2ms;
    };
    while (!has_ended(container, next_look()) && (Clock::now() < end || (load && !load->done())))
      if (result_.heaps.size() == 1 && Clock::now() > middle) take_profile(door, watch);
    if (!result_.ending) take_profile(door, watch);
    result_.load_to = watch.now();
    if (load) result_.load = load->take();
    task->done(result_.ending ? "the program ended" : fmt::format("{:.0f} s", seconds(length)));
  }

  // A profile that cannot be had is no failure of the program.
  void take_profile(NetworkDoor& door, const MemoryWatch& watch) {
    if (!options_.pprof || !result_.why_no_profile.empty()) return;
    try {
      result_.heaps.push_back(fetch_heap(door, *options_.pprof, watch.now(), options_.stop));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::io) throw;
      result_.why_no_profile = error.message();
    }
  }

  static double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

  void stop(Container& container) {
    if (has_ended(container, 0ms)) return;
    result_.stop_signal = signal_number(config_.execution.stop_signal);
    const auto task = reporter_.start("stop", 0);
    const auto begin = Clock::now();
    container.signal(result_.stop_signal);
    if (has_ended(container, options_.grace)) {
      result_.stopped_after = seconds(Clock::now() - begin);
      task->done("stopped");
      return;
    }
    container.signal(SIGKILL);
    has_ended(container, 10s);
    task->done("killed");
  }

  void judge() {
    result_.steady = steady();
    result_.course = classify(course_input());
    judge_memory();
    judge_ending();
    judge_answers();
  }

  MemorySample steady() const {
    std::vector<MemorySample> samples;
    const auto from = (result_.load_from + result_.load_to) / 2;
    for (const auto& sample : result_.watched.samples)
      if (sample.at >= from && sample.at <= result_.load_to) samples.push_back(sample);
    if (samples.empty()) return result_.watched.highest;
    std::sort(samples.begin(), samples.end(),
              [](const auto& a, const auto& b) { return a.memory.total < b.memory.total; });
    return samples[samples.size() / 2];
  }

  CourseInput course_input() const {
    CourseInput input;
    for (const auto& one : result_.collections.kept()) {
      input.live.push_back({one.at, static_cast<double>(one.live << 20U)});
      input.before.push_back({one.at, static_cast<double>(std::max(one.heap_before, one.heap_after) << 20U)});
    }
    for (const auto& sample : result_.watched.samples) {
      input.anonymous.push_back({sample.at, static_cast<double>(sample.memory.anonymous)});
      if (sample.at <= result_.load_to) input.memory_now = static_cast<double>(sample.memory.total);
    }
    input.connections = static_cast<double>(options_.connections);
    for (const auto& moment : result_.heaps)
      if (moment.goroutines) input.goroutines.push_back({moment.at, static_cast<double>(*moment.goroutines)});
    // What a program fetches when it starts to serve is no growth yet.
    input.from = result_.load_from + 0.1 * (result_.load_to - result_.load_from);
    input.to = result_.load_to;
    input.limit = result_.memory_limit;
    return input;
  }

  void judge_memory() {
    const auto& counters = result_.watched.counters;
    if (counters.oom_kills == 0) return;
    const bool itself = result_.ending && result_.ending->signal == SIGKILL && result_.stop_signal == 0;
    const auto limit =
        result_.memory_limit
            ? fmt::format("a limit of {:.1f} MiB", static_cast<double>(*result_.memory_limit) / (1U << 20U))
            : std::string("the limits of its group");
    result_.problems.push_back(
        {Problem::Kind::oom_killed, fmt::format("the kernel killed {} for lack of memory under {}",
                                                itself ? "the program" : "a process of it", limit)});
  }

  void judge_ending() {
    if (result_.stop_signal == 0) {
      const bool known =
          !result_.problems.empty() && result_.problems.front().kind == Problem::Kind::oom_killed;
      if (!known && result_.ending)
        result_.problems.push_back(
            {Problem::Kind::ended, fmt::format("the program ended by itself: {}", result_.ending->text())});
    } else if (!result_.stopped_after) {
      result_.problems.push_back(
          {Problem::Kind::slow_stop,
           fmt::format("it did not end within {:.0f} s of its stop signal and was killed",
                       seconds(options_.grace))});
    }
  }

  void judge_answers() {
    if (!result_.load) return;
    std::uint64_t planned = 0;
    std::uint64_t failed = 0;
    for (const auto& stage : result_.load->stages) {
      planned += stage.planned;
      failed += stage.without_success();
    }
    if (static_cast<double>(failed) > most_errors * static_cast<double>(planned))
      result_.problems.push_back(
          {Problem::Kind::errors, fmt::format("{} of {} requests had no success", failed, planned)});
  }

  const layers::ImageConfig& config_;
  const SmokeOptions& options_;
  Reporter& reporter_;
  Caller caller_ = Caller::of_this_process();
  Runtime runtime_;
  SmokeResult result_;
};

}  // namespace

std::string_view name_of(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::oom_killed:
      return "oom-killed";
    case Problem::Kind::ended:
      return "ended";
    case Problem::Kind::not_ready:
      return "not-ready";
    case Problem::Kind::errors:
      return "errors";
    case Problem::Kind::slow_stop:
      return "slow-stop";
  }
  return "ended";
}

SmokeResult smoke(registry::ImageSource& source, const layers::Manifest& manifest,
                  const layers::ImageConfig& config, const SmokeOptions& options, Reporter& reporter) {
  if (!config.platform.runs_on(options.machine))
    throw Error(ErrorKind::unsupported, fmt::format("the image is for {}, and this machine is {}",
                                                    config.platform.text(), options.machine.text()))
        .hint("for an image of several platforms choose this one with --platform");
  return SmokeRun(config, options, reporter).run(source, manifest);
}

}  // namespace whittle::running
