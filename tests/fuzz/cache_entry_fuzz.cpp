// What the cache says of a layer that was made before: it is believed as it was written, or made again. An
// input of "flip", two bytes of a position and one of bits damages what was written; any other stands in its
// place.
#include "builder/assemble.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

namespace fs = std::filesystem;

class Setting {
 public:
  Setting() {
    plan_.spec = &spec_;
    builder::add_user_files(spec_, tree_);
    made_ = layer().layer;
    for (const auto& entry : fs::directory_iterator(cache_.folder() / "index" / "layer"))
      entry_ = entry.path();
    written_ = read_file(entry_, 1U << 20U);
  }
  const std::string& written() const { return written_; }
  void write_entry(std::string_view text) const { write_file(entry_, text, AtomicFile::Durability::content); }
  builder::AssembledLayer layer() {
    builder::FileStates states(folder_.path() / "states");
    builder::MemberIndexes members(cache_, store_);
    builder::Assembler assembler(cache_, store_, states, members, 1, reporter_, {});
    return assembler.layer_of("files", tree_, plan_);
  }
  const layers::Layer& made() const { return *made_; }

 private:
  TemporaryFolder folder_{fs::temp_directory_path()};
  SilentReporter reporter_;
  builder::Cache cache_{folder_.path(), reporter_};
  registry::Layout store_ = registry::Layout::open_or_create(cache_.store(), AtomicFile::Durability::content);
  builder::ImageSpec spec_;
  builder::ImagePlan plan_;
  layers::FileTree tree_;
  std::optional<layers::Layer> made_;
  fs::path entry_;
  std::string written_;
};

std::string entry_of(std::string_view input, std::string written) {
  static constexpr std::string_view flip = "flip";
  if (!input.starts_with(flip) || input.size() != flip.size() + 3) return std::string(input);
  const auto byte = [&](std::size_t i) -> std::size_t {
    return static_cast<unsigned char>(input[flip.size() + i]);
  };
  auto& damaged = written[(byte(0) << 8U | byte(1)) % written.size()];
  damaged = static_cast<char>(static_cast<unsigned char>(damaged) ^ byte(2));
  return written;
}

}  // namespace

void cache_entry_input(std::string_view input) {
  static Setting setting;
  setting.write_entry(entry_of(input, setting.written()));
  const auto layer = setting.layer().layer;
  require(layers::to_json(layer.descriptor) == layers::to_json(setting.made().descriptor),
          "the layer is the one that was made");
  require(
      layer.diff_id == setting.made().diff_id && layer.uncompressed_size == setting.made().uncompressed_size,
      "so is what is inside");
}

}  // namespace whittle::fuzz
