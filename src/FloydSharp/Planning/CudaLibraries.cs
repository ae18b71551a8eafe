namespace FloydSharp.Planning;

/// <summary>
/// What CUDA's libraries add to a process's RAM as a run goes on: code and tables that they bring in with what is computed for the
/// first time, and recorded graphs. They stay.
/// </summary>
internal sealed class CudaLibraries
{
    private bool _computed;
    private bool _convolved;

    /// <summary>Bytes that the next work of a run adds.</summary>
    public long With(ModelWork work)
    {
        var first = !_computed ? PlanConstants.FirstPassBytes : 0;
        var own = work switch
        {
            ModelWork.UNet => _convolved ? PlanConstants.LaterUNetBytes : PlanConstants.FirstUNetBytes,
            ModelWork.VaeDecode => PlanConstants.VaeBytes,
            _ => 0,
        };
        (_computed, _convolved) = (true, _convolved || work is ModelWork.UNet);
        return first + own;
    }
}
