// What writing a layer takes with layers/: the counterpart of layer_writing.go, which does the same with Go's
// own packages. layer_writing FILE LAYER prints the two digests and the size.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "common/error.hpp"
#include "common/file.hpp"
#include "layers/layer_writer.hpp"

int main(int count, char** arguments) {
  using namespace whittle;
  if (count != 3) return 2;
  const std::filesystem::path file = arguments[1];
  try {
    layers::FileEntry entry;
    entry.mode = 0755;
    entry.size = std::filesystem::file_size(file);
    entry.is_private = true;  // like an executable that go has made and whittle has hashed
    entry.open = [&] { return std::make_unique<FileSource>(file); };
    layers::FileTree tree;
    tree.add("data/program", std::move(entry));
    layers::LayerOptions options;
    options.threads = 2;
    const std::filesystem::path written = arguments[2];
    AtomicFile out(written.parent_path());
    const auto layer = layers::write_layer(tree, options, out, {});
    out.commit(written.filename(), AtomicFile::Durability::content);
    fmt::print("{} {} {}\n", layer.diff_id.text(), layer.descriptor.digest.text(), layer.descriptor.size);
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
  }
}
