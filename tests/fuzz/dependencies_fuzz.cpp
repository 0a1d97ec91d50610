// A dependency file: what is understood is written as it is understood, and never counts as unchanged here.
#include "builder/dependencies.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

std::string saved(const builder::Dependencies& dependencies, const std::filesystem::path& file) {
  dependencies.save(file);
  return read_file(file, 1U << 20U);
}

}  // namespace

void one_input(std::string_view input) {
  static const TemporaryFolder folder(std::filesystem::temp_directory_path());
  static MemoryFile file;
  file.set(input);
  const builder::DependencyRoots roots{folder.path() / "project", folder.path() / "go",
                                       folder.path() / "modules"};
  auto dependencies = builder::Dependencies::load(file.path(), roots);
  builder::FileStates states(folder.path() / "states");
  dependencies.check("./cmd/api", states, 1, {});
  const auto written = folder.path() / "written";
  const auto text = saved(dependencies, written);
  require(saved(builder::Dependencies::load(written, roots), written) == text,
          "it is read as it was written");
}

}  // namespace whittle::fuzz
