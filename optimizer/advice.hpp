// Advice on an image: what could be changed, what that saves, how it is known, and what it costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/node.hpp"
#include "builder/import_graph.hpp"
#include "common/json.hpp"
#include "optimizer/spec_edit.hpp"

namespace whittle::optimizer {

// Something that a piece of advice is about: a function, a package, a file.
struct AdviceCause {
  std::string name = {};            // as it came from outside
  std::string remark = {};          // for people, escaped
  builder::ImportChain chain = {};  // that brings it into the program
  std::string chain_text = {};      // the same for people, escaped
  attribution::Size size = {};      // what it takes now, where that is known
};

struct Advice {
  enum class Kind { setting, dead_code, build_tag, import, versions, embedded };
  // How the saving is known.
  enum class Measure {
    built,    // the image was built with the change
    tried,    // the program was compiled as if it had the change, and is of no use but to be measured
    counted,  // the sum of what the parts that would go take now
  };
  Kind kind = Kind::setting;
  Measure measure = Measure::built;
  std::string change = {};  // "compression: zstd", for people, escaped
  std::string price = {};   // for people
  std::vector<AdviceCause> causes = {};
  std::size_t more_causes = 0;   // that are not listed
  attribution::Size saved = {};  // raw: 0 where it is not known
  std::optional<std::uint64_t> counted =
      {};                            // compressed bytes of the parts that would go, beside what was tried
  std::vector<SpecEdit> edits = {};  // what --apply writes; none: it is not for whittle to decide
};
std::string_view name_of(Advice::Kind kind);
std::string_view name_of(Advice::Measure measure);

struct AdvisedImage {
  std::string name = {};
  std::string platform = {};
  std::uint64_t compressed = 0;          // bytes of all layers
  attribution::Size own = {};            // of the layers that are not the base's
  std::vector<Advice> advice = {};       // what saves most comes first
  std::size_t too_small = 0;             // pieces of advice that are not worth a line
  std::vector<std::string> failed = {};  // what could not be measured and why; for people, escaped
  // What all that --apply writes saves together. Nothing when there is none.
  std::optional<attribution::Size> together = {};
};

// Sorts what is worth a line and counts the rest. Whatever saves less than 16 KiB and less than 1 % of the
// image's own layers is not.
void rank(AdvisedImage& image);

// `inspect --advise --json` (docs/formats.md).
Json to_json(const std::vector<AdvisedImage>& images);

struct AdviceStyle {
  bool color = false;
  bool applied = false;  // the edits were written
};
std::string text_of(const AdvisedImage& image, const AdviceStyle& style);

}  // namespace whittle::optimizer
