// An image of a registry that has mirrors: they are asked in order, and the registry itself when none has it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "registry/blob_presence.hpp"
#include "registry/image_io.hpp"

namespace whittle::registry {

struct MirrorSource {
  std::string name;                                    // for messages
  std::function<std::unique_ptr<ImageSource>()> open;  // when it is first asked
  bool for_tags = false;
  bool for_digests = true;
};

// A mirror that is down, lacks something, gives it wrong or wants a login is passed over with a note
// (hostile.md, 171). One that could not be reached, or gave something wrong, is not asked again. Nothing of a
// mirror is handed on before all of it was verified: a blob waits in `scratch`, in a file without a name.
// Borrows the reporter.
class MirroredSource final : public ImageSource, public BlobPresence {
 public:
  MirroredSource(std::vector<MirrorSource> mirrors, std::unique_ptr<ImageSource> origin, bool by_digest,
                 std::filesystem::path scratch, Reporter& reporter);

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  bool has_blob(const layers::Descriptor& descriptor) override {
    return registry::has_blob(*origin_, descriptor);
  }
  std::vector<std::string> mountable_from(const layers::Descriptor& blob, const std::string& host) override {
    return origin_->mountable_from(blob, host);
  }
  // What grows later is asked of mirrors for tags alone: the list of a mirror may be an old one, and nothing
  // says so. Of these the first that has something, else the registry.
  std::vector<layers::Descriptor> referrers(const Digest& subject) override;
  std::optional<layers::Document> tagged(const std::string& tag) override;
  std::string describe() const override { return origin_->describe(); }

 private:
  struct Mirror {
    MirrorSource given;
    std::mutex opening = {};
    std::unique_ptr<ImageSource> source = {};
    bool answered_root = false;  // then it is asked for what the root refers to
    bool given_up = false;
    bool told = false;
  };
  template <class Wanted, class Ask, class Enough>
  auto first_of(const Wanted& wanted, const Ask& ask, const Enough& enough)
      -> decltype(ask(std::declval<ImageSource&>()));
  template <class Wanted, class Ask>
  auto first_of(const Wanted& wanted, const Ask& ask);
  ImageSource* usable(Mirror& mirror, bool wanted);
  void pass_over(Mirror& mirror, const Error& error);

  std::vector<std::unique_ptr<Mirror>> mirrors_;
  std::unique_ptr<ImageSource> origin_;
  bool by_digest_;
  std::filesystem::path scratch_;
  Reporter& reporter_;
};

}  // namespace whittle::registry
