// What a build tells of itself: provenance of an image, and a bill of materials of each of its platforms,
// each a statement that is attached to what it is about. The same image has the same statements, wherever it
// is built.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "binaries/build_info.hpp"
#include "builder/base_image.hpp"
#include "builder/cache.hpp"
#include "builder/lock.hpp"
#include "builder/spec.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "evidence/attachment.hpp"
#include "evidence/attestation.hpp"
#include "evidence/build_record.hpp"
#include "evidence/catalogue.hpp"
#include "evidence/sbom.hpp"
#include "layers/file_tree.hpp"
#include "registry/access.hpp"

namespace whittle::builder {

struct RecordOptions {
  bool provenance = true;
  std::optional<evidence::SbomFormat> sbom = evidence::SbomFormat::spdx;
  std::string version = {};            // of whittle
  evidence::Signer* signer = nullptr;  // of the statements; none: they are attached as they are
  evidence::StorageForm form = evidence::StorageForm::bundle;
};

// One platform of an image that was just built. Borrows what it points to.
struct RecordedTarget {
  layers::Platform platform;
  layers::Descriptor manifest;
  const BaseImage* base = nullptr;  // none: scratch
  const layers::FileTree* files = nullptr;
  std::vector<evidence::OwnProgram> programs = {};
  std::set<std::string> split = {};  // paths of those whose line tables are kept apart
  std::map<std::string, std::vector<std::string>> inlining =
      {};  // path → inlining_flags(), where there are any
};

// One image, with what the build knows of it: a record that lacks platforms, materials and settings.
struct RecordedImage {
  const ImageSpec& spec;
  evidence::BuildRecord record;
  std::vector<RecordedTarget> targets;
};

// A statement about an image or one of its platforms, or what belongs to it.
struct Evidence {
  std::string what;  // "provenance", "sbom", "lines"
  layers::Descriptor subject;
  std::string predicate_type;       // empty: no statement, and never signed
  evidence::Attachment attachment;  // as it is without a signature
};

// Borrows everything; one thread.
class Recording {
 public:
  Recording(const RecordOptions& options, const Limits& limits, const Lock& lock, Cache& cache,
            Reporter& reporter, std::stop_token stop)
      : options_(options),
        limits_(limits),
        lock_(lock),
        cache_(cache),
        reporter_(reporter),
        stop_(std::move(stop)) {}

  // `source` gives the image's manifests, and its layers when they have to be read.
  std::vector<Evidence> evidence_of(const RecordedImage& image, registry::ImageSource& source);

 private:
  Evidence provenance_of(const RecordedImage& image);
  Evidence sbom_of(const RecordedImage& image, const RecordedTarget& target, registry::ImageSource& source);
  evidence::Catalogue catalogue_of(const RecordedTarget& target, const layers::Manifest& manifest,
                                   registry::ImageSource& source);
  evidence::Catalogue catalogue_of(const BaseImage& base);
  Evidence lines_of(const RecordedTarget& target, const evidence::OwnProgram& program);
  void add_materials(const RecordedImage& image, evidence::BuildRecord& record);

  const RecordOptions& options_;
  const Limits& limits_;
  const Lock& lock_;
  Cache& cache_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::map<Digest, evidence::Catalogue> bases_ = {};  // by manifest
};

// Of the cache's kind "catalogue": what that version of whittle read of the base's layers.
Digest catalogue_key(const BaseImage& base, std::string_view version);

// Whether a place keeps what refers to an image.
bool keeps_evidence(registry::Place::Kind kind);
// Attaches what the place does not have yet.
void attach_evidence(const std::vector<Evidence>& evidence, const RecordOptions& options,
                     const evidence::EvidenceTarget& target);

}  // namespace whittle::builder
