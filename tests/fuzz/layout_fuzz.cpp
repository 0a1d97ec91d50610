// The index.json of a layout that others wrote.
#include "registry/layout.hpp"

#include "layers/media_types.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

class Folder {
 public:
  registry::Layout with_index(std::string_view text) {
    auto layout = registry::Layout::open_or_create(folder_.path(), AtomicFile::Durability::content);
    write_file(folder_.path() / "index.json", text, AtomicFile::Durability::content);
    return layout;
  }

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
};

}  // namespace

void layout_input(std::string_view input) {
  static Folder folder;
  auto layout = folder.with_index(input);
  parsed([&] { return layout.find(std::nullopt); });
  parsed([&] { return layout.names(); });
  const layers::Descriptor image{std::string(layers::media_type::oci_manifest), Digest::of(input),
                                 input.size()};
  const auto set = parsed([&] {
    layout.set("name", image);
    return true;
  });
  if (!set) return;
  const auto found = layout.find(std::string("name"));
  require(found && found->digest == image.digest, "a name that was set is found");
}

}  // namespace whittle::fuzz
