#include "builder/own_program.hpp"

#include <fmt/format.h>
#include <link.h>

#include <map>
#include <set>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

using Loaded =
    std::map<std::string, fs::path>;  // by name of the file, which is the one that programs ask for

Loaded loaded_libraries() {
  Loaded loaded;
  const auto take = [](dl_phdr_info* info, std::size_t, void* into) {
    const fs::path file(info->dlpi_name == nullptr ? "" : info->dlpi_name);
    if (file.is_absolute()) static_cast<Loaded*>(into)->emplace(file.filename().native(), file);
    return 0;
  };
  ::dl_iterate_phdr(take, &loaded);
  return loaded;
}

class LibraryCollector {
 public:
  explicit LibraryCollector(const Loaded& loaded) : loaded_(loaded) {}

  void add_needed_by(const fs::path& file) {
    const binaries::FileAccess access(file);
    for (const auto& name : binaries::needed_libraries(access, binaries::read_elf(access))) {
      if (!known_.insert(name).second) continue;
      const auto found = loaded_.find(name);
      if (found == loaded_.end())
        throw Error(ErrorKind::unsupported,
                    fmt::format("the library {} of whittle is not to be found", shown(name)));
      files_.push_back({"whittle/lib/" + name, found->second});
      add_needed_by(found->second);
    }
  }

  std::vector<OwnProgramFiles::File> take() { return std::move(files_); }

 private:
  const Loaded& loaded_;
  std::set<std::string> known_ = {};
  std::vector<OwnProgramFiles::File> files_ = {};
};

}  // namespace

OwnProgramFiles own_program_files(const fs::path& program) {
  const std::string own = "whittle/bin/whittle";
  const binaries::FileAccess access(program);
  const auto loader = binaries::interpreter_of(access, binaries::read_elf(access));
  OwnProgramFiles result;
  if (loader) {
    const auto loaded = loaded_libraries();
    LibraryCollector collector(loaded);
    collector.add_needed_by(program);
    result.files = collector.take();
    const auto name = "whittle/lib/" + fs::path(*loader).filename().native();
    std::erase_if(result.files, [&](const auto& file) { return file.path == name; });
    result.files.push_back({name, *loader});
    result.command = {name, "--library-path", "whittle/lib", own};
  } else {
    result.command = {own};
  }
  result.files.push_back({own, program});
  return result;
}

}  // namespace whittle::builder
