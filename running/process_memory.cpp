#include "running/process_memory.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

std::string text_of_proc(const fs::path& file) {
  try {
    return read_file_if_present(file, 1U << 20U).value_or("");
  } catch (const Error&) {  // it ended meanwhile
    return {};
  }
}

// Of a line "NAME:   NUMBER kB", in bytes.
std::uint64_t kilobytes(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    auto rest = text.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::uint64_t value = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), value);
    return value * 1024;
  }
  return 0;
}

}  // namespace

ProcessMemory memory_of(const std::vector<pid_t>& processes, bool with_pss, const fs::path& proc) {
  ProcessMemory sum;
  for (const auto process : processes) {
    const auto folder = proc / std::to_string(process);
    const auto status = text_of_proc(folder / "status");
    sum.anonymous += kilobytes(status, "RssAnon:");
    sum.file += kilobytes(status, "RssFile:");
    sum.shared += kilobytes(status, "RssShmem:");
    if (with_pss) sum.pss += kilobytes(text_of_proc(folder / "smaps_rollup"), "Pss:");
  }
  return sum;
}

PageFaults faults_of(pid_t process, const fs::path& proc) {
  const auto text = text_of_proc(proc / std::to_string(process) / "stat");
  // Fields 10 and 12; the name before may hold anything, blanks and brackets too.
  std::string_view rest = text;
  const auto name_end = rest.rfind(") ");
  if (name_end == std::string_view::npos) return {};
  rest.remove_prefix(name_end + 2);
  std::vector<std::uint64_t> fields;
  while (!rest.empty() && fields.size() < 10) {
    const auto end = std::min(rest.find(' '), rest.size());
    std::uint64_t value = 0;
    std::from_chars(rest.data(), rest.data() + end, value);
    fields.push_back(value);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fields.size() < 10 ? PageFaults{} : PageFaults{fields[7], fields[9]};
}

std::vector<pid_t> processes_beside(pid_t process, const fs::path& proc) {
  std::vector<pid_t> processes;
  std::error_code error;
  const auto wanted = fs::read_symlink(proc / std::to_string(process) / "ns" / "pid", error);
  if (error) return processes;
  for (auto at = fs::directory_iterator(proc, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const auto name = at->path().filename().native();
    const auto pid = whole_number<pid_t>(name);
    if (!pid) continue;
    std::error_code ignored;
    if (fs::read_symlink(at->path() / "ns" / "pid", ignored) == wanted) processes.push_back(*pid);
  }
  std::sort(processes.begin(), processes.end());
  return processes;
}

std::string name_of_process(pid_t process, const fs::path& proc) {
  auto name = text_of_proc(proc / std::to_string(process) / "comm");
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

}  // namespace whittle::running
