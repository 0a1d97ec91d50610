// The body of a dependency file, under a seal that fits: what is understood is written as it is understood,
// and never counts as unchanged here.
#include "builder/dependencies.hpp"
#include "builder/sealed.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

std::string saved(const builder::Dependencies& dependencies, const std::filesystem::path& file) {
  dependencies.save(file);
  return read_file(file, 1U << 20U);
}

// The first line of every such file.
std::string header_at(const std::filesystem::path& file, const builder::DependencyRoots& roots) {
  const auto text = saved(builder::Dependencies(roots), file);
  return text.substr(0, text.find('\n'));
}

}  // namespace

void dependencies_input(std::string_view input) {
  static const TemporaryFolder folder(std::filesystem::temp_directory_path());
  static MemoryFile file;
  const builder::DependencyRoots roots{folder.path() / "project", folder.path() / "go",
                                       folder.path() / "modules"};
  const auto written = folder.path() / "written";
  static const std::string header = header_at(written, roots);
  file.set(builder::sealed(header, input));
  auto dependencies = builder::Dependencies::load(file.path(), roots);
  builder::FileStates states(folder.path() / "states");
  dependencies.check("./cmd/api", states, 1, {});
  const auto text = saved(dependencies, written);
  require(saved(builder::Dependencies::load(written, roots), written) == text,
          "it is read as it was written");
}

}  // namespace whittle::fuzz
