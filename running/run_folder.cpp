#include "running/run_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "common/error.hpp"
#include "common/text.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view runtime_file = "runtime";

std::string id_of(const fs::path& folder) {
  auto name = folder.filename().native();
  std::erase(name, '.');
  return "whittle-smoke-" + name;
}

// Of a folder without that file its owner may just be making it, and is about to lock it: who takes the lock
// then has the owner go on without one (as in registry/layout.cpp, reclaim()).
bool may_be_in_the_making(const fs::path& folder) {
  struct stat status {};
  if (::stat((folder / runtime_file).c_str(), &status) == 0) return false;
  if (::stat(folder.c_str(), &status) != 0) return true;
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - status.st_mtime < 60;
}

std::unique_ptr<TemporaryFolder> folder_below(const fs::path& all) {
  make_directories(all);
  return std::make_unique<TemporaryFolder>(all);
}

}  // namespace

RunFolder::RunFolder(const fs::path& all, const fs::path& runtime) : temporary_(folder_below(all)) {
  for (const auto* name : {"bundle", "state"})
    if (::mkdir((path() / name).c_str(), 0700) != 0)
      throw_errno(errno, fmt::format("creating {}", escaped((path() / name).native(), false, 4096)));
  write_file(path() / runtime_file, runtime.native(), AtomicFile::Durability::content);
}

RunFolder::~RunFolder() {
  try {
    toolchains::remove_sealed(path());
  } catch (const Error&) {  // the next run tries again
  }
}

std::string RunFolder::id() const {
  return id_of(path());
}

void remove_leftovers(const fs::path& all, Reporter& reporter, const std::stop_token& stop) {
  std::error_code error;
  for (auto at = fs::directory_iterator(all, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const auto folder = at->path();
    if (may_be_in_the_making(folder)) continue;
    const auto lock = FileLock::try_lock(folder);
    if (!lock) continue;  // it is running
    const auto what = fmt::format("what a killed run left in {}", escaped(folder.native(), false, 1000));
    try {
      if (const auto program = read_file_if_present(folder / runtime_file, 4096)) {
        const auto runtime = identify_runtime(*program, stop);
        // With --force a container that was never made is no error of runc's, and is one of others'.
        runtime.command(folder / "state", {"delete", "--force", id_of(folder)}, stop);
      }
    } catch (const Error& failure) {
      if (failure.kind() == ErrorKind::interrupted) throw;
      reporter.verbose(fmt::format("{}: {}", what, failure.message()));
    }
    try {
      toolchains::remove_sealed(folder);
      reporter.note(fmt::format("{} is removed", what));
    } catch (const Error& failure) {
      reporter.warn(fmt::format("{} could not be removed: {}", what, failure.message()));
    }
  }
}

}  // namespace whittle::running
