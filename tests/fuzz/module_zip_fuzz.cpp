// The zip of a module m@v1.0.0.
#include "toolchains/module_zip.hpp"

#include <set>

#include "common/file.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::one_input(std::string_view input) {
  toolchains::ZipLimits limits;
  limits.entry = 1U << 20U;
  const auto zip = parsed([&] {
    auto file = nameless_file(std::filesystem::temp_directory_path());
    write_at(file, as_bytes(input), 0, "a zip");
    return std::make_unique<toolchains::ModuleZip>(std::move(file), "m", "v1.0.0", limits);
  });
  if (!zip) return;
  std::set<std::string> names;
  std::uint64_t read = 0;
  toolchains::ZipReader reader;
  for (std::size_t i = 0; i < (*zip)->files().size(); ++i) {
    const auto& file = (*zip)->files()[i];
    require(names.insert(file.name).second, "no name is there twice");
    const auto path = std::filesystem::path(file.name);
    require(path.is_relative() && path.lexically_normal() == path && *path.begin() != "..",
            "a name stays below the module");
    const auto content = parsed([&] { return (*zip)->read(i, reader).size(); });
    if (content) require(*content == file.size, "a file has the size that the directory says");
    if (content) ++read;
  }
  if (read == names.size())
    require(toolchains::hash_of(**zip, 1, {}) == toolchains::hash_of(**zip, 2, {}),
            "threads make no difference");
}
