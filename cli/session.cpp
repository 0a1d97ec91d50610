#include "cli/session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <thread>

#include "cli/terminal.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

extern char** environ;

namespace whittle::cli {
namespace {

bool is_terminal(const builder::Host& host) {
  return ::isatty(STDERR_FILENO) == 1 && host.variable("TERM").value_or("dumb") != "dumb";
}

ProgressMode mode_of(const std::string& text, const builder::Host& host) {
  if (text == "auto")
    return is_terminal(host) && !host.variable("CI") ? ProgressMode::tty : ProgressMode::plain;
  if (text == "tty") return ProgressMode::tty;
  if (text == "plain") return ProgressMode::plain;
  if (text == "json") return ProgressMode::json;
  if (text == "none") return ProgressMode::none;
  throw Error(ErrorKind::usage,
              fmt::format("--progress {} is none of auto, tty, plain, json, none", shown(text)));
}

}  // namespace

builder::Host read_host() {
  builder::Host host;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      host.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  host.home = host.variable("HOME").value_or("");
  std::error_code error;
  host.working_directory = std::filesystem::current_path(error);
  return host;
}

bool wants_color(const builder::Host& host) {
  return is_terminal(host) && !host.variable("NO_COLOR");
}

Session::Session(const CommonFlags& flags, builder::Host host, std::stop_token stop)
    : host_(std::move(host)),
      stop_(std::move(stop)),
      jobs_(flags.jobs),
      color_(wants_color(host_)),
      registry_(flags.registry),
      reporter_(make_reporter({mode_of(flags.progress, host_), color_, flags.verbose})) {
  for (const auto& assignment : flags.limits) set_limit(limits_, assignment);
}

Session::~Session() = default;

bool Session::color_results() const {
  return ::isatty(STDOUT_FILENO) == 1 && host_.variable("TERM").value_or("dumb") != "dumb" &&
         !host_.variable("NO_COLOR");
}

bool Session::unicode_results() const {
  if (::isatty(STDOUT_FILENO) != 1 || host_.variable("TERM").value_or("dumb") == "dumb") return false;
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const auto locale = host_.variable(name).value_or(""); !locale.empty())
      return locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  return false;
}

std::filesystem::path Session::cache_folder() const {
  const auto named = host_.variable("XDG_CACHE_HOME");
  if (named && named->starts_with('/')) return std::filesystem::path(*named) / "whittle";
  if (host_.home.empty())
    throw Error(ErrorKind::io, "neither XDG_CACHE_HOME nor HOME says where the cache may be")
        .hint("set XDG_CACHE_HOME to a folder that can be written to");
  return host_.home / ".cache" / "whittle";
}

builder::Cache& Session::cache() {
  if (!cache_) cache_ = std::make_unique<builder::Cache>(cache_folder(), *reporter_);
  return *cache_;
}

registry::Access& Session::access() {
  if (!access_) access_ = open_access(stop_);
  return *access_;
}

std::unique_ptr<registry::Access> Session::open_access(std::stop_token stop) {
  auto options = access_options(registry_, host_, limits_);
  options.store = cache_folder() / "store";
  options.scratch = cache_folder() / "tmp";
  options.standard_input = STDIN_FILENO;
  options.standard_output = STDOUT_FILENO;
  return std::make_unique<registry::Access>(std::move(options), *reporter_, std::move(stop));
}

std::int64_t Session::epoch() const {
  const auto found = host_.environment.find("SOURCE_DATE_EPOCH");
  if (found == host_.environment.end()) return 0;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::int64_t end_of_year_9999 = 253402300799;
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 0 ||
      text.front() == '-' || value > end_of_year_9999)
    throw Error(ErrorKind::usage,
                fmt::format("SOURCE_DATE_EPOCH={} is no number of seconds since 1970 up to the year 9999",
                            shown(text)));
  return value;
}

void Session::check_streams(const std::vector<registry::Place>& inputs,
                            const std::vector<registry::Place>& outputs) {
  const auto check = [](const std::vector<registry::Place>& places, int fd, std::string_view stream,
                        std::string_view hint) {
    const auto uses =
        std::count_if(places.begin(), places.end(), [](const auto& place) { return place.is_stream(); });
    if (uses > 1)
      throw Error(ErrorKind::usage, fmt::format("{} can carry one archive, not {}", stream, uses));
    // One that is closed would be the number of the next file that is opened.
    if (uses == 1 && ::fcntl(fd, F_GETFD) < 0) throw_errno(errno, fmt::format("opening {}", stream));
    if (uses == 1 && ::isatty(fd) == 1)
      throw Error(ErrorKind::usage, fmt::format("{} is a terminal, not an archive", stream))
          .hint(std::string(hint));
    return uses == 1;
  };
  check(inputs, STDIN_FILENO, "standard input", "name a file instead of `-`, or redirect one: `< image.tar`");
  stdout_is_taken_ = check(outputs, STDOUT_FILENO, "standard output",
                           "name a file instead of `-`, or redirect it: `> image.tar`");
}

void Session::print(std::string_view text) {
  const int fd = stdout_is_taken_ ? STDERR_FILENO : STDOUT_FILENO;
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, fmt::format("writing the result to {}", stdout_is_taken_ ? "stderr" : "stdout"));
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace whittle::cli
