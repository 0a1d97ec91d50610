// Two tars that others wrote, compared in lockstep as the layers of two images: the first line of the input
// says in decimal where the second begins.
#include <charconv>

#include "comparison/causes.hpp"
#include "comparison/layer_difference.hpp"
#include "comparison/tree_difference.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

class Blobs final : public registry::ImageSource {
 public:
  explicit Blobs(std::string_view bytes) : bytes_(bytes) {}
  layers::Document root() override { throw Error(ErrorKind::not_found, "no root"); }
  layers::Document manifest(const layers::Descriptor&) override {
    throw Error(ErrorKind::not_found, "no manifest");
  }
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor&) override {
    return std::make_unique<TextSource>(std::string(bytes_));
  }
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::string describe() const override { return "the input"; }

 private:
  std::string_view bytes_;
};

}  // namespace

void layer_pair_input(std::string_view input) {
  const auto line = take_line(input);
  std::size_t middle = 0;
  std::from_chars(line.data(), line.data() + line.size(), middle);
  middle = std::min(middle, input.size());
  Blobs a(input.substr(0, middle));
  Blobs b(input.substr(middle));
  parsed([&] {
    comparison::Scratch scratch_a(std::filesystem::temp_directory_path());
    comparison::Scratch scratch_b(std::filesystem::temp_directory_path());
    comparison::LayerWork work{scratch_a, scratch_b};
    comparison::Findings findings;
    comparison::TreeDifference tree(true, false, std::filesystem::temp_directory_path());
    work.digests = true;
    work.seen = [&](comparison::Side side, const auto& entry, const auto& digest) {
      tree.see(side, 0, entry, digest);
    };
    work.left_over = [&](comparison::Side side, const comparison::LeftOver& entry) {
      tree.leave_over(side, entry);
    };
    const layers::Descriptor blob{"x", Digest::of(std::string_view()), 0};
    const auto difference =
        comparison::compare_layers({&a, blob}, 0, {&b, blob}, 0, work, {"p", "layer 1"}, findings);
    tree.finish(work, {"p"}, findings);
    require(!difference.equal_tars || findings.empty() || findings.count("duplicate") > 0,
            "equal tars have no findings");
    for (const auto& cause : comparison::causes_of(findings))
      require(cause.text.find_first_of("\x1b\n\r") == std::string::npos,
              "a cause is one line that no terminal obeys");
    return true;
  });
}

}  // namespace whittle::fuzz
