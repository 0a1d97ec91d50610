// One container: made by an OCI runtime, started, watched, stopped, removed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "common/file.hpp"
#include "running/runtime.hpp"

namespace whittle::running {

// How a program ended.
struct Ending {
  int exit_code = 0;  // -1 when a signal ended it
  int signal = 0;
  std::string text() const;  // "exit code 2", "killed by SIGKILL"
  bool operator==(const Ending&) const = default;
};

// Makes the calling process the one that orphans of its children fall to (prctl(2), PR_SET_CHILD_SUBREAPER),
// since the runtime goes and the container stays. The destructor kills what runs and has the runtime remove
// the rest. One thread.
class Container {
 public:
  // `folder` has the bundle, with config.json and the root, and gets the runtime's state. The program's
  // streams are of `user`, as this machine counts, so that it may open them by name. Error(unsupported) with
  // what the runtime says when it cannot make the container.
  Container(const Runtime& runtime, const std::filesystem::path& folder, std::string id,
            std::optional<uid_t> user, const std::stop_token& stop);
  ~Container();
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  pid_t process() const { return process_; }  // its first one, as the host counts
  // What the program writes; to be taken once.
  Fd take_output() { return std::move(output_); }
  Fd take_errors() { return std::move(errors_); }

  void start(const std::stop_token& stop);
  // Waits until the program ends, at most until then. Error(interrupted).
  std::optional<Ending> wait(std::chrono::steady_clock::time_point until, const std::stop_token& stop);
  void signal(int number) const;

 private:
  void create(std::optional<uid_t> user, const std::stop_token& stop);

  Runtime runtime_;
  std::filesystem::path folder_;
  std::string id_;
  pid_t process_ = -1;
  std::optional<Ending> ending_;
  Fd output_;
  Fd errors_;
};

// Of names as a container's image writes them, "SIGTERM", "TERM" or "15"; SIGTERM for what is none.
int signal_number(std::string_view name);

}  // namespace whittle::running
