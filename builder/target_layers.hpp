// What lies below the programs of a target, and how both meet: bases, folders they share, layers.
#pragma once

#include "builder/assemble.hpp"
#include "builder/base_folders.hpp"
#include "builder/base_image.hpp"
#include "builder/build_context.hpp"
#include "builder/lock.hpp"
#include "builder/member_index.hpp"
#include "builder/origins.hpp"
#include "builder/package_base.hpp"
#include "builder/target.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

// Borrows what it is given, the lock even before it is settled; one thread.
class TargetLayers {
 public:
  // `results` are the states of the cache's own files.
  TargetLayers(const BuildContext& build, const Lock& lock, Origins& origins, FileStates& results);

  // The base of a target; none on scratch. Packages it lacks are fetched.
  const BaseImage* base_of(const ImagePlan& plan);
  // Gives the target its base, and its files and `binaries` the folders that the layers below have.
  void lay_out(Target& target, layers::FileTree& binaries);
  // The layer of the target's programs, made when nobody has it.
  void make_programs_layer(Target& target);
  // The same layer, made by somebody else, from whom it is to be had.
  void take_programs_layer(Target& target, const layers::Layer& made,
                           std::shared_ptr<registry::ImageSource> from);

  registry::Layout& store() { return store_; }
  Assembler& assembler() { return assembler_; }
  const BaseFolders& folders() const { return folders_; }
  void save() { members_.save(); }

 private:
  void lay_over_base(layers::FileTree& tree, const ImagePlan& plan);

  registry::Layout store_;
  MemberIndexes members_;
  Assembler assembler_;
  BaseFolders folders_;
  BaseImages bases_;
  PackageBases package_bases_;
};

}  // namespace whittle::builder
