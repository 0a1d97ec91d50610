// go.mod and go.work, as far as whittle reads them itself.
#include "builder/go_project.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::go_mod_input(std::string_view input) {
  static const TemporaryFolder folder(std::filesystem::temp_directory_path());
  const auto file = folder.path() / "go.mod";
  write_file(file, input, AtomicFile::Durability::content);
  const auto path = builder::module_path(folder.path());
  require(path.find_first_of(" \t\n") == std::string::npos, "a module path is one word");
  builder::executable_name(path);
  for (const auto& named : builder::named_folders(file))
    require(named.is_absolute(), "a named folder is absolute");
}
