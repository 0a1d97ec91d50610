// The two seams of every place: reading an image and writing one. Builders and copiers know only these.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/report.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"

namespace whittle::registry {

// Reads images. Documents and blobs are verified against the digest and size they are asked by. All methods
// may be called from several threads at once. Error(not_found) when something is absent.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // The document the place names: by its digest, else its tag, else the one there is.
  virtual layers::Document root() = 0;
  virtual layers::Document manifest(const layers::Descriptor& descriptor) = 0;
  // The returned source verifies digest and size; it must not outlive this object.
  virtual std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) = 0;
  // The repositories on `host` from which a registry may mount this blob ("library/alpine"); empty when
  // unknown.
  virtual std::vector<std::string> mountable_from(const layers::Descriptor& blob,
                                                  const std::string& host) = 0;
  // Descriptors of the manifests that name this one as their subject; none where a place keeps none.
  virtual std::vector<layers::Descriptor> referrers(const Digest& subject);
  // What another tag of the same repository or layout names, if anything.
  virtual std::optional<layers::Document> tagged(const std::string& tag);
  // The place in words, for messages.
  virtual std::string describe() const = 0;
};

// Writes images. All methods may be called from several threads at once.
class ImageDestination {
 public:
  virtual ~ImageDestination() = default;
  // Asked before anything is sent: throws for a root that the place could not hold.
  virtual void accept(const layers::Document&) {}
  // What the tag names now, if anything. One request, no body.
  virtual std::optional<Digest> current(const std::string& tag) = 0;
  virtual bool has_blob(const layers::Descriptor& descriptor) = 0;
  virtual bool has_manifest(const layers::Descriptor& descriptor) = 0;
  // Makes the blob available without sending it, if the place can; `from` are repositories of the same host.
  virtual bool mount_blob(const layers::Descriptor& descriptor, const std::vector<std::string>& from) = 0;
  // Stores the blob; `open` may be called again when it has to be sent again.
  virtual void put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) = 0;
  // Stores a manifest or index by its digest, and under `tag` unless that is empty. One with a subject can be
  // found from that afterwards.
  virtual void put_manifest(const layers::Document& document, const std::string& tag) = 0;
  // Of these documents, which name subjects, those that the place has and lists there; each subject is asked
  // about once. Where nobody can tell: none.
  virtual std::set<Digest> listed(const std::vector<layers::Document>& referrers);
  // The last step of a copy: stores the top document and gives it its tags. Without tags a registry keeps it
  // by digest; a place that lists what it holds lists it without a name.
  virtual void put_root(const layers::Document& root, const std::vector<std::string>& tags);
  // The registry's host[:port]; empty when the place is not a registry.
  virtual std::string host() const = 0;
  virtual std::string describe() const = 0;
};

}  // namespace whittle::registry
