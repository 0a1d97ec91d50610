#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <list>
#include <mutex>

#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace {

using Clock = std::chrono::steady_clock;

void write_error_stream(std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count <= 0) return;  // nobody can be told that nobody can be told
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

struct Running {
  std::string label;
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  Clock::time_point started = Clock::now();
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string bar(const Running& task) {
  constexpr std::size_t width = 20;
  const auto filled = static_cast<std::size_t>(static_cast<double>(width) *
                                               static_cast<double>(std::min(task.done, task.total)) /
                                               static_cast<double>(task.total));
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += i < filled ? "━" : "╌";
  return text;
}

class Terminal final : public Reporter {
 public:
  explicit Terminal(TerminalOptions options) : options_(options) {}
  ~Terminal() override {
    const std::lock_guard lock(mutex_);
    erase();
  }

  void verbose(std::string_view line) override {
    if (options_.verbose) say("verbose", line, "");
  }
  void note(std::string_view line) override { say("note", line, ""); }
  void warn(std::string_view line) override { say("warning", line, "33"); }
  std::unique_ptr<Task> start(std::string_view label, std::uint64_t total) override;

 private:
  friend class LiveTask;
  using Slot = std::list<Running>::iterator;

  void say(std::string_view kind, std::string_view line, std::string_view color) {
    if (options_.mode == ProgressMode::none && kind != "warning") return;
    const std::lock_guard lock(mutex_);
    erase();
    if (options_.mode == ProgressMode::json) {
      print_json({{"kind", std::string(kind)}, {"text", std::string(line)}});
    } else {
      const auto prefix = kind == "warning" ? paint("warning: ", color) : std::string();
      write_error_stream(fmt::format("{}{}\n", prefix, line));
    }
    draw();
  }

  void finish(Slot slot, std::string_view outcome) {
    const std::lock_guard lock(mutex_);
    erase();
    if (!outcome.empty()) {
      const double seconds = seconds_since(slot->started);
      if (options_.mode == ProgressMode::json)
        print_json({{"kind", "done"},
                    {"task", slot->label},
                    {"outcome", std::string(outcome)},
                    {"seconds", seconds}});
      else if (options_.mode != ProgressMode::none)
        write_error_stream(
            fmt::format("{}: {} {}\n", slot->label, outcome, paint(fmt::format("[{:.2f} s]", seconds), "2")));
    }
    running_.erase(slot);
    draw();
  }

  void advance(Slot slot, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    slot->done += bytes;
    if (options_.mode != ProgressMode::tty || Clock::now() - drawn_ < std::chrono::milliseconds(80)) return;
    erase();
    draw();
  }

  void erase() {
    std::string text;
    for (; lines_ > 0; --lines_) text += "\x1b[1A\x1b[2K";
    write_error_stream(text);
  }

  void draw() {
    if (options_.mode != ProgressMode::tty) return;
    std::string text;
    constexpr std::size_t most_lines = 8;
    for (const auto& task : running_) {
      if (lines_ == most_lines) break;
      ++lines_;
      const double seconds = std::max(seconds_since(task.started), 0.001);
      if (task.total > 0)
        text += fmt::format(
            "{} {} / {}  {}/s  {}\n", paint(bar(task), "36"), human_size(task.done), human_size(task.total),
            human_size(static_cast<std::uint64_t>(static_cast<double>(task.done) / seconds)), task.label);
      else
        text += fmt::format("{} {}\n", paint(fmt::format("{:6.1f} s", seconds), "36"), task.label);
    }
    write_error_stream(text);
    drawn_ = Clock::now();
  }

  std::string paint(std::string_view text, std::string_view color) const {
    if (!options_.color || color.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", color, text);
  }
  static void print_json(const Json& json) {
    write_error_stream(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }

  TerminalOptions options_;
  std::mutex mutex_;
  std::list<Running> running_;
  std::size_t lines_ = 0;  // of the live view, above the cursor
  Clock::time_point drawn_{};
};

class LiveTask final : public Task {
 public:
  LiveTask(Terminal& terminal, Terminal::Slot slot) : terminal_(terminal), slot_(slot) {}
  ~LiveTask() override { terminal_.finish(slot_, outcome_); }
  void advance(std::uint64_t bytes) override { terminal_.advance(slot_, bytes); }
  void done(std::string_view outcome) override { outcome_ = outcome; }

 private:
  Terminal& terminal_;
  Terminal::Slot slot_;
  std::string outcome_;
};

std::unique_ptr<Task> Terminal::start(std::string_view label, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  erase();
  running_.push_back({std::string(label), total});
  draw();
  return std::make_unique<LiveTask>(*this, std::prev(running_.end()));
}

}  // namespace

std::unique_ptr<Reporter> make_reporter(const TerminalOptions& options) {
  return std::make_unique<Terminal>(options);
}

std::string rendered(const Error& error, bool color) {
  const auto paint = [&](std::string_view text, std::string_view code) {
    return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  };
  std::string text = fmt::format("{} {}\n", paint("error:", "1;31"), error.message());
  for (const auto& hint : error.hints()) text += fmt::format("  {} {}\n", paint("hint:", "36"), hint);
  return text;
}

}  // namespace whittle::cli
