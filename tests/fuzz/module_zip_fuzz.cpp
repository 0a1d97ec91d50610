// The zip of a module m@v1.0.0, read by its directory, and as it arrives.
#include "toolchains/module_zip.hpp"

#include <set>
#include <vector>

#include "common/digest.hpp"
#include "common/file.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "toolchains/zip_stream.hpp"

namespace {

using namespace whittle;

struct Arrived {
  std::vector<toolchains::ModuleZip::File> files = {};
  std::vector<Digest> contents = {};
  bool complete = false;
  bool operator==(const Arrived&) const = default;
};

Arrived arrived(std::string_view input, std::size_t piece, const toolchains::ZipLimits& limits) {
  Arrived result;
  toolchains::ZipStream stream(limits, [&](const toolchains::ArrivedFile& file) {
    result.files.push_back({file.name, file.content.size(), file.crc});
    result.contents.push_back(Digest::of(file.content));
  });
  for (std::size_t at = 0; at < input.size(); at += piece) stream.write(as_bytes(input.substr(at, piece)));
  result.complete = stream.is_at_directory();
  return result;
}

}  // namespace

void whittle::fuzz::module_zip_input(std::string_view input) {
  toolchains::ZipLimits limits;
  limits.entry = 1U << 20U;
  limits.total = 4U << 20U;
  auto streamed = arrived(input, input.size() + 1, limits);
  require(streamed == arrived(input, 3, limits), "pieces make no difference");
  const auto zip = parsed([&] {
    auto file = nameless_file(std::filesystem::temp_directory_path());
    write_at(file, as_bytes(input), 0, "a zip");
    return std::make_unique<toolchains::ModuleZip>(std::move(file), "m", "v1.0.0", limits);
  });
  if (!zip) return;
  for (auto& file : streamed.files)
    if (file.name.starts_with((*zip)->prefix())) file.name.erase(0, (*zip)->prefix().size());
  const bool same = streamed.complete && streamed.files == (*zip)->files();
  std::set<std::string> names;
  std::uint64_t read = 0;
  toolchains::ZipReader reader;
  for (std::size_t i = 0; i < (*zip)->files().size(); ++i) {
    const auto& file = (*zip)->files()[i];
    require(names.insert(file.name).second, "no name is there twice");
    const auto path = std::filesystem::path(file.name);
    require(path.is_relative() && path.lexically_normal() == path && *path.begin() != "..",
            "a name stays below the module");
    const auto content = parsed([&] { return Digest::of((*zip)->read(i, reader)); });
    if (content && same)
      require(*content == streamed.contents[i], "the file that arrived is the one of the directory");
    if (content) ++read;
  }
  if (read == names.size())
    require(toolchains::hash_of(**zip, 1, {}) == toolchains::hash_of(**zip, 2, {}),
            "threads make no difference");
}
