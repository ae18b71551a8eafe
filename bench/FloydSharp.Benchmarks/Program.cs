using BenchmarkDotNet.Running;
using FloydSharp.Benchmarks;
using FloydSharp.Native;

NativeLibraries.EnsureLoaded();
BenchmarkSwitcher.FromAssembly(typeof(UNetBlockBenchmarks).Assembly).Run(args);
