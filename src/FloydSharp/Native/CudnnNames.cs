namespace FloydSharp.Native;

// Numbers of cuDNN 9's binary interface (cudnn_graph.h, cudnn_ops.h), as far as one convolution needs them.

/// <summary>Kinds of descriptors (cudnnBackendDescriptorType_t).</summary>
internal enum CudnnKind
{
    Convolution = 1,
    Engine = 2,
    EngineConfiguration = 3,
    EngineHeuristics = 4,
    ExecutionPlan = 5,
    KnobChoice = 7,
    ConvolutionForward = 10,
    OperationGraph = 15,
    VariantPack = 16,
    Tensor = 17,
}

/// <summary>Types of attributes (cudnnBackendAttributeType_t).</summary>
internal enum CudnnType
{
    Handle = 0,
    DataType = 1,
    Int64 = 3,
    Float = 4,
    Pointer = 6,
    ConvolutionMode = 7,
    HeuristicsMode = 8,
    KnobType = 9,
    NumericalNote = 11,
    Descriptor = 15,
    BehaviorNote = 19,
}

/// <summary>Attributes (cudnnBackendAttributeName_t).</summary>
internal enum CudnnAttribute
{
    ConvolutionComputeType = 100,
    ConvolutionMode = 101,
    ConvolutionDilations = 102,
    ConvolutionStrides = 103,
    ConvolutionPostPaddings = 104,
    ConvolutionPrePaddings = 105,
    ConvolutionSpatialDimensions = 106,
    HeuristicsMode = 200,
    HeuristicsGraph = 201,
    HeuristicsResults = 202,
    ConfigurationEngine = 300,
    ConfigurationKnobChoices = 302,
    PlanHandle = 400,
    PlanConfiguration = 401,
    PlanWorkspaceSize = 402,
    KnobChoiceType = 600,
    KnobChoiceValue = 601,
    ForwardAlpha = 700,
    ForwardBeta = 701,
    ForwardConvolution = 702,
    ForwardFilters = 703,
    ForwardInput = 704,
    ForwardOutput = 705,
    GraphHandle = 800,
    GraphOperations = 801,
    TensorAlignment = 900,
    TensorDataType = 901,
    TensorDimensions = 902,
    TensorStrides = 903,
    TensorIdentity = 906,
    PackIdentities = 1000,
    PackPointers = 1001,
    PackWorkspace = 1003,
    EngineGlobalIndex = 1301,
    EngineNumericalNotes = 1303,
    EngineBehaviorNotes = 1305,
}

/// <summary>Types of numbers (cudnnDataType_t).</summary>
internal enum CudnnData
{
    Float = 0,
    Half = 2,
    BFloat16 = 9,
}

/// <summary>Ways of ordering engines (cudnnBackendHeurMode_t).</summary>
internal enum CudnnHeuristics
{
    B = 1,
    Fallback = 2,
    A = 3,
}

/// <summary>What an engine says of its numbers (cudnnBackendNumericalNote_t).</summary>
internal enum CudnnNumericalNote
{
    TensorCore = 0,
    DownConvertInputs = 1,
    ReducedPrecisionReduction = 2,
    Fft = 3,
    Nondeterministic = 4,
    Winograd = 5,
    WinogradTile4x4 = 6,
    WinogradTile6x6 = 7,
    WinogradTile13x13 = 8,
}

/// <summary>What an engine says of its ways (cudnnBackendBehaviorNote_t).</summary>
internal enum CudnnBehaviorNote
{
    RuntimeCompilation = 0,
    FilterReorder = 1,
    BiasReorder = 2,
}
